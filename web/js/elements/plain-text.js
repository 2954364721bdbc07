/**
 * Somebody else's text as what it is: letters that cannot be seen or that turn the line around are written out, so that
 * nobody approves one thing while reading another.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;

/** Line breaks and tabs stay. */
export function plain(text) {
  return text.replace(UNSEEN, (letter) => ("\n\t".includes(letter) ? letter : `⟨U+${hexOf(letter)}⟩`));
}

const hexOf = (letter) => letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
