/** The console starts here: sign-in strip, navigation, and the view that the address names. */
import { consentReturned, takeReturn } from "./consent-return.js";
import { startRouter } from "./router.js";
import { session } from "./session.js";
import { showSignIn } from "./sign-in.js";
import "./time.js";

// First of all: a completion code in the address is taken out of it before anything else can see it.
const returned = takeReturn();
showSignIn();
const router = startRouter({ beforeFirst: returned && ((place) => consentReturned(place, returned)) });
session.addEventListener("change", () => router.show());
