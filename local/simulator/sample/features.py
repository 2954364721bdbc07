"""The features of the sample shop: what the product team wrote requirements and designs about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature in the words of its team."""

    name: str
    problem: str
    goals: tuple[str, str, str]
    requirements: tuple[str, str, str]
    measure: str
    design: str
    parts: tuple[tuple[str, str], ...]
    risk: str


FEATURES = (
    Feature(
        "Saved carts",
        "Every third visitor fills a cart on the phone and wants to pay on the laptop. Today the cart is gone by then.",
        ("Carts follow the person, not the device", "A cart lives for 30 days", "Prices shown are always today's"),
        ("Sign-in merges both carts", "Sold-out lines stay visible, greyed", "Nobody sees another person's cart"),
        "Share of carts paid on another device than they were begun on: from 0 to **4 %**.",
        "One item per person in the table `carts`, written through a queue so that a burst of clicks costs one write.",
        (
            ("carts", "one row a person, lines as a list"),
            ("cart-merger", "runs at sign-in"),
            ("price-check", "on every view"),
        ),
        "Two devices may write at once. The later write wins per line, not per cart.",
    ),
    Feature(
        "Gift cards",
        "Support sells about forty gift cards a week by hand, with codes typed into a spreadsheet.",
        ("Buy a gift card like any product", "Redeem in part, keep the rest", "Books balance every night"),
        ("Codes cannot be guessed", "A card never goes below zero", "Refunds go back to the card first"),
        "Hand-made cards per week: from 40 to **0**.",
        "A ledger with two entries a booking. The balance is never stored, only summed.",
        (
            ("ledger", "append only"),
            ("code-maker", "16 characters, check digit"),
            ("nightly-balance", "compares with the bank"),
        ),
        "A code that leaks is money that leaks. Redeeming is rate-limited per address and per card.",
    ),
    Feature(
        "Delivery windows",
        "Heavy goods come when they come. People take a day off for a sofa, and one in nine is not at home anyway.",
        ("Choose a window of two hours", "Change it until the evening before", "Drivers see changes at once"),
        (
            "Windows shown are windows we can keep",
            "No account needed to change one",
            "Works in German, English and Turkish",
        ),
        "Failed first deliveries: from 11 % to **5 %**.",
        "The planner offers capacity per depot and hour; the shop reserves for ten minutes while the person pays.",
        (
            ("planner", "owns capacity"),
            ("reservations", "expire by themselves"),
            ("driver-app", "subscribes to changes"),
        ),
        "Reservations that nobody pays for block a van. Ten minutes is a guess; we measure it for a month.",
    ),
    Feature(
        "Size advice",
        "Shoes come back more often than anything else, and mostly because of the size.",
        ("Say which size fits, with a reason", "Learn from returns", "Never ask for body data"),
        ("Advice shows from 20 orders per model on", "A person can switch it off", "No advice is better than a guess"),
        "Returns of shoes for size: from 23 % to **17 %**.",
        "A nightly job counts kept and returned sizes per model and brand. The page reads one small file per model.",
        (
            ("returns-feed", "reason codes from the warehouse"),
            ("size-counter", "nightly"),
            ("advice-file", "cached for a day"),
        ),
        "Reason codes are typed in by hand and sometimes simply the first on the list.",
    ),
    Feature(
        "Search suggestions",
        "People misspell brands, find nothing, and leave. One week's search log holds 900 spellings of one brand.",
        ("Suggest while typing", "Forgive two wrong letters", "Answer within 80 ms"),
        ("Suggestions are products, brands or categories", "Nothing sold out", "Adult goods never suggested"),
        "Searches with no result: from 14 % to **6 %**.",
        "A finite-state index of 2 MB in each web process, rebuilt every hour from the catalogue.",
        (("index-builder", "hourly"), ("suggest", "in process"), ("search-log", "one week, without addresses")),
        "The index is as fresh as an hour. A brand launched at noon is found at one.",
    ),
    Feature(
        "Invoice download",
        "Companies ask for invoices by e-mail, 200 times a month, because the link in the mail ends after a week.",
        ("Every invoice, any time", "One file for a whole month", "Works for closed accounts"),
        ("Invoices are never re-made, only re-sent", "Access is logged", "Kept for ten years"),
        "Invoice requests to support: from 200 to **20** a month.",
        "Invoices are written once to object storage under the invoice number; the page signs a link for five minutes.",
        (("invoice-store", "write once"), ("link-signer", "five minutes"), ("month-packer", "on demand")),
        "Ten years is longer than any system of ours has lived. The format is PDF/A for that reason.",
    ),
    Feature(
        "Back-in-stock alerts",
        "A sold-out page is a dead end. People come back daily, or buy elsewhere.",
        ("Leave an address, get one message", "First come, first told", "Forget the address afterwards"),
        ("Double opt-in for new addresses", "No alert for fewer than three pieces", "Unsubscribe with one click"),
        "Sold-out visits that end in a purchase within 30 days: from 2 % to **7 %**.",
        "Subscriptions live beside the product; the stock feed wakes a worker that sends in order of arrival.",
        (("stock-feed", "already there"), ("alert-worker", "in order"), ("mailer", "shared")),
        "A return of one piece must not wake five hundred people.",
    ),
    Feature(
        "Two-step sign-in",
        "Password lists of other shops are tried on ours every night. Last year 61 accounts were taken over.",
        ("A second step for those who want it", "Passkeys first, codes by app second", "Recovery without calling us"),
        ("No codes by text message", "Ten recovery codes, shown once", "Support cannot switch it off alone"),
        "Accounts taken over: from 61 to **under 5** a year.",
        "Passkeys are stored as public keys only. Recovery codes are hashed like passwords.",
        (("passkeys", "public keys"), ("recovery", "ten hashes"), ("risk-check", "asks for the step on new devices")),
        "Losing a phone is common. Recovery is the weak door, so it waits a day and tells every known address.",
    ),
    Feature(
        "Product reviews",
        "Reviews sit on a rented widget that loads in three seconds and cannot be searched.",
        ("Own the reviews", "Only buyers write", "Photos, moderated"),
        ("A review is tied to an order line", "Edited reviews say so", "Bad reviews stay"),
        "Time until the first review is visible: from 3.1 s to **0.4 s**.",
        "Reviews are rendered with the page. Photos are resized at upload and checked by a person first.",
        (("reviews", "one table"), ("photo-resizer", "three sizes"), ("moderation", "a queue with two people")),
        "The old provider exports once and badly. We import in three rounds and compare the counts.",
    ),
    Feature(
        "Click and collect",
        "Half of our customers live within five kilometres of a shop and still wait two days for a parcel.",
        ("Reserve in a shop, free of charge", "Ready within two hours", "Pay there or before"),
        (
            "Stock shown is stock on the shelf",
            "Reservations end at closing time of the next day",
            "A code opens the locker",
        ),
        "Orders collected in a shop: from 0 to **12 %**.",
        "Shops count by scanner; the shelf figure is the last scan minus sales minus one for luck.",
        (("shelf-stock", "per shop"), ("picker-app", "rings at the counter"), ("lockers", "one-time codes")),
        "Shelves lie. One in thirty reservations will not be found, and the message for that must be kind.",
    ),
    Feature(
        "Returns portal",
        "A return begins with printing a label. Nobody has a printer.",
        ("A code on the phone instead of a label", "Money back two days after drop-off", "Say why, in one tap"),
        ("Works for guests", "Partial returns", "Reason codes in plain words"),
        "Calls about returns: from 1,900 to **800** a month.",
        "The carrier's code is fetched when the person is at the counter, since it expires after fifteen minutes.",
        (("returns", "state machine, nine states"), ("carrier-codes", "fetched late"), ("refunds", "with the ledger")),
        "Refund before inspection is a risk we take below 150 €.",
    ),
    Feature(
        "Price history",
        "The law wants the lowest price of the last 30 days beside every reduced price.",
        ("Show it everywhere", "Keep it for two years", "Prove it on request"),
        ("One source for shop, app and newsletter", "Campaign prices count", "Rounding as in the till"),
        "Reduced prices without the hint: **0**.",
        "Price changes are events; the lowest of 30 days is kept beside the price and corrected at midnight.",
        (("price-events", "append only"), ("lowest-30", "derived"), ("audit-export", "one file a month")),
        "Clock changes: a day is a day of the shop's zone, not 24 hours.",
    ),
)
