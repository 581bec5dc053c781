/** The levels of this program, and for how many parties each is. */
import type { Levels } from '../session/levels.ts';
import { malicious } from './malicious/index.ts';
import { semiHonest } from './semi-honest/index.ts';
import { threeParty } from './three-party/index.ts';

export const levels: Levels = new Map([
  ['semi-honest', { protocol: semiHonest, partiesMin: 2, partiesMax: 2 }],
  ['malicious', { protocol: malicious, partiesMin: 2, partiesMax: 2 }],
  ['three-party', { protocol: threeParty, partiesMin: 3, partiesMax: 3 }],
]);
