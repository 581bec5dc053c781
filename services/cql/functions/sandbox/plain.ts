/** Values between CQL and the languages of functions: what both sides can say. */

/** A number that a double does not have: as decimal text. */
export interface Exact {
  readonly kind: 'exact';
  readonly text: string;
}

/** Milliseconds since 1970. */
export interface Moment {
  readonly kind: 'moment';
  readonly milliseconds: number;
}

/** Text or bytes: Lua knows no difference. */
export interface Words {
  readonly kind: 'words';
  readonly bytes: Uint8Array;
}

export interface PlainList {
  readonly kind: 'list';
  readonly items: readonly Plain[];
}

/** Of maps, and of types with fields. */
export interface PlainEntries {
  readonly kind: 'entries';
  readonly entries: readonly (readonly [Plain, Plain])[];
}

export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Exact
  | Moment
  | Words
  | PlainList
  | PlainEntries;
