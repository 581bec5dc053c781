/**
 * Patterns with `*` (any run) and `?` (any one character) in time linear in the text, whatever the pattern: pieces
 * between stars are searched left to right with the Shift-And method (Baeza-Yates and Gonnet, "A new approach to text
 * searching", CACM 35(10), 1992), whose cost is text length times pattern words of 32 bits and never backtracks.
 */

/** One character that must match, or undefined for `?`. */
type Unit = number | undefined;

interface Piece {
  readonly units: readonly Unit[];
  /** Bit i of word w of a mask: the character may stand at position 32 w + i. Built at the first search. */
  masks: ReadonlyMap<number, Int32Array> | undefined;
  anyMask: Int32Array | undefined;
}

export type Token = { readonly text: string } | { readonly wildcard: '*' | '?' };

export class Wildcard {
  readonly #pieces: readonly Piece[];

  private constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** `*` and `?` are wildcards, everything else is itself. */
  static of(pattern: string): Wildcard {
    return Wildcard.fromTokens(tokenize(pattern));
  }

  /** From tokens, so that a substituted variable's own stars stay literal. */
  static fromTokens(tokens: readonly Token[]): Wildcard {
    const pieces: Unit[][] = [[]];
    for (const token of tokens) {
      const last = pieces[pieces.length - 1]!;
      if ('text' in token) for (let i = 0; i < token.text.length; i++) last.push(token.text.charCodeAt(i));
      else if (token.wildcard === '?') last.push(undefined);
      else pieces.push([]);
    }
    return new Wildcard(pieces.map((units) => ({ units, masks: undefined, anyMask: undefined })));
  }

  matches(text: string): boolean {
    const pieces = this.#pieces;
    const first = pieces[0]!.units;
    if (pieces.length === 1) return first.length === text.length && matchesAt(first, text, 0);
    const last = pieces[pieces.length - 1]!.units;
    const end = text.length - last.length;
    if (first.length > end || !matchesAt(first, text, 0) || !matchesAt(last, text, end)) return false;
    let position = first.length;
    for (let i = 1; i < pieces.length - 1; i++) {
      const piece = pieces[i]!;
      if (piece.units.length === 0) continue;
      position = search(piece, text, position, end);
      if (position < 0) return false;
    }
    return true;
  }
}

export function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  for (let i = 0; i <= pattern.length; i++) {
    const c = pattern[i];
    if (c !== undefined && c !== '*' && c !== '?') continue;
    if (i > start) tokens.push({ text: pattern.slice(start, i) });
    if (c !== undefined) tokens.push({ wildcard: c });
    start = i + 1;
  }
  return tokens;
}

function matchesAt(units: readonly Unit[], text: string, at: number): boolean {
  for (let i = 0; i < units.length; i++) {
    const unit = units[i];
    if (unit !== undefined && unit !== text.charCodeAt(at + i)) return false;
  }
  return true;
}

/** @returns the position after the leftmost occurrence within [from, to), or -1 */
function search(piece: Piece, text: string, from: number, to: number): number {
  const length = piece.units.length;
  const words = (length + 31) >>> 5;
  const masks = (piece.masks ??= masksOf(piece.units, words));
  const any = (piece.anyMask ??= anyMaskOf(piece.units, words));
  const state = new Int32Array(words);
  const lastWord = words - 1;
  const lastBit = 1 << ((length - 1) & 31);
  for (let i = from; i < to; i++) {
    const mask = masks.get(text.charCodeAt(i)) ?? any;
    let carry = 1;
    for (let w = 0; w < words; w++) {
      const before = state[w]!;
      state[w] = ((before << 1) | carry) & mask[w]!;
      carry = before >>> 31;
    }
    if ((state[lastWord]! & lastBit) !== 0) return i + 1;
  }
  return -1;
}

function anyMaskOf(units: readonly Unit[], words: number): Int32Array {
  const mask = new Int32Array(words);
  units.forEach((unit, i) => {
    if (unit === undefined) mask[i >>> 5]! |= 1 << (i & 31);
  });
  return mask;
}

function masksOf(units: readonly Unit[], words: number): Map<number, Int32Array> {
  const any = anyMaskOf(units, words);
  const masks = new Map<number, Int32Array>();
  units.forEach((unit, i) => {
    if (unit === undefined) return;
    const mask = masks.get(unit) ?? any.slice();
    mask[i >>> 5]! |= 1 << (i & 31);
    masks.set(unit, mask);
  });
  return masks;
}
