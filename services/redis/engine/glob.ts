/**
 * Patterns of KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET: `*`, `?`, `[abc]`, `[^abc]`, `[a-c]`, `\` before a character that
 * is meant itself. Where a pattern is malformed it matches as redis-server's does: a class that is not closed ends with the
 * pattern. Time is O(length of the pattern * length of the text): only the last `*` is ever gone back to.
 */

/** @param foldCase letters match in either case */
export function globMatch(pattern: string, text: string, foldCase = false): boolean {
  const glob = foldCase ? pattern.toLowerCase() : pattern;
  const subject = foldCase ? text.toLowerCase() : text;
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < subject.length) {
    if (p < glob.length && glob[p] === '*') {
      starAt = p++;
      resumeAt = t;
      continue;
    }
    const next = p < glob.length ? matchOne(glob, p, subject.charCodeAt(t)) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else return false;
  }
  while (p < glob.length && glob[p] === '*') p++;
  return p === glob.length;
}

/** @returns where the pattern goes on when its element at `at` matches the character, else -1 */
function matchOne(glob: string, at: number, char: number): number {
  const code = glob[at]!;
  if (code === '?') return at + 1;
  if (code === '[') return matchClass(glob, at + 1, char);
  const literal = code === '\\' && at + 1 < glob.length ? at + 1 : at;
  return glob.charCodeAt(literal) === char ? literal + 1 : -1;
}

function matchClass(glob: string, start: number, char: number): number {
  let at = start;
  const negated = glob[at] === '^';
  if (negated) at++;
  let found = false;
  for (; at < glob.length && glob[at] !== ']'; at++) {
    if (glob[at] === '\\' && at + 1 < glob.length) {
      at++;
      if (glob.charCodeAt(at) === char) found = true;
    } else if (glob[at + 1] === '-' && at + 2 < glob.length) {
      const from = glob.charCodeAt(at);
      const to = glob.charCodeAt(at + 2);
      if (char >= Math.min(from, to) && char <= Math.max(from, to)) found = true;
      at += 2;
    } else if (glob.charCodeAt(at) === char) found = true;
  }
  if (found === negated) return -1;
  return Math.min(at + 1, glob.length);
}
