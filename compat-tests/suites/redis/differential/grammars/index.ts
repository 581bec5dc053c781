/** All groups of commands. */
import type { Grammar } from '../grammar.ts';
import { bitmaps } from './bitmaps.ts';
import { expiry } from './expiry.ts';
import { generic } from './generic.ts';
import { geo } from './geo.ts';
import { hashes } from './hashes.ts';
import { hyperloglog } from './hyperloglog.ts';
import { lists } from './lists.ts';
import { sets } from './sets.ts';
import { sort } from './sort.ts';
import { streams } from './streams.ts';
import { strings } from './strings.ts';
import { zsets } from './zsets.ts';

export const grammars: readonly Grammar[] = [
  strings,
  bitmaps,
  hyperloglog,
  lists,
  sets,
  hashes,
  zsets,
  geo,
  streams,
  generic,
  expiry,
  sort,
];
