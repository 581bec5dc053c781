/**
 * Glob patterns as Redis matches them: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a character that is meant literally.
 * Every element but `*` takes exactly one character, so it is enough to go back to the last `*`: time is at most the product
 * of the two lengths. As in Redis a class that is not closed ends with the pattern, and the empty text matches the empty
 * pattern alone.
 */
const star = 42;
const question = 63;
const open = 91;
const close = 93;
const caret = 94;
const backslash = 92;
const dash = 45;

export function globMatch(pattern: string, text: string, foldCase = false): boolean {
  const patternEnd = pattern.length;
  const textEnd = text.length;
  if (textEnd === 0) return patternEnd === 0;
  let at = 0;
  let textAt = 0;
  /** Where to go on when nothing fits: after the last star, one character later in the text. */
  let starAt = -1;
  let starTextAt = 0;
  while (textAt < textEnd) {
    if (at < patternEnd && pattern.charCodeAt(at) === star) {
      at++;
      while (at < patternEnd && pattern.charCodeAt(at) === star) at++;
      if (at === patternEnd) return true;
      starAt = at;
      starTextAt = textAt;
      continue;
    }
    const next = at < patternEnd ? matchOne(pattern, at, text.charCodeAt(textAt), foldCase) : -1;
    if (next >= 0) {
      at = next;
      textAt++;
    } else {
      if (starAt < 0) return false;
      at = starAt;
      textAt = ++starTextAt;
    }
  }
  while (at < patternEnd && pattern.charCodeAt(at) === star) at++;
  return at === patternEnd;
}

/** @returns where the pattern goes on after it took the character, or -1 */
function matchOne(pattern: string, at: number, char: number, foldCase: boolean): number {
  const first = pattern.charCodeAt(at);
  if (first === question) return at + 1;
  if (first === open) return matchClass(pattern, at + 1, char, foldCase);
  if (first === backslash && at + 1 < pattern.length) {
    return same(pattern.charCodeAt(at + 1), char, foldCase) ? at + 2 : -1;
  }
  return same(first, char, foldCase) ? at + 1 : -1;
}

/** `start` is behind the `[`. */
function matchClass(pattern: string, start: number, char: number, foldCase: boolean): number {
  const end = pattern.length;
  let at = start;
  const negated = at < end && pattern.charCodeAt(at) === caret;
  if (negated) at++;
  const wanted = foldCase ? lower(char) : char;
  let found = false;
  while (at < end) {
    const from = pattern.charCodeAt(at);
    if (from === backslash && at + 1 < end) {
      // Redis compares an escaped character of a class exactly, whatever the case.
      if (pattern.charCodeAt(at + 1) === char) found = true;
      at += 2;
    } else if (from === close) {
      break;
    } else if (at + 2 < end && pattern.charCodeAt(at + 1) === dash) {
      const to = pattern.charCodeAt(at + 2);
      if (inRange(from, to, wanted, foldCase)) found = true;
      at += 3;
    } else {
      if (same(from, char, foldCase)) found = true;
      at++;
    }
  }
  if (found === negated) return -1;
  return at < end ? at + 1 : end;
}

function inRange(from: number, to: number, char: number, foldCase: boolean): boolean {
  let low = Math.min(from, to);
  let high = Math.max(from, to);
  if (foldCase) {
    low = lower(low);
    high = lower(high);
  }
  return char >= low && char <= high;
}

function same(left: number, right: number, foldCase: boolean): boolean {
  return left === right || (foldCase && lower(left) === lower(right));
}

function lower(char: number): number {
  return char >= 65 && char <= 90 ? char + 32 : char;
}
