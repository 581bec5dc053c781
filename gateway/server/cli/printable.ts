/**
 * Text from a document of unknown origin for a terminal: control characters (which move the cursor and set titles), those
 * that turn the direction of writing or are not seen, and ends of lines are shown by their number.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    (letter) => `\\u{${letter.codePointAt(0)!.toString(16)}}`,
  );
}
