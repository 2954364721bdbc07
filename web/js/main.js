/** The console starts here: sign-in strip, navigation, and the view that the address names. */
import { session } from "./api/session.js";
import { consentReturned, takeReturn } from "./connecting/consent-return.js";
import "./elements/time.js";
import { startRouter } from "./shell/router.js";
import { showSignIn } from "./shell/sign-in.js";

// First of all: a completion code in the address is taken out of it before anything else can see it.
const returned = takeReturn();
showSignIn();
const router = startRouter({ beforeFirst: returned && ((place) => consentReturned(place, returned)) });
session.addEventListener("change", () => router.show());
