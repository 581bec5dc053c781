/** The rows of the four schemes. */
import type { SchemeRow } from '../../scheme.ts';
import { macSchemes } from '../schemes.ts';
import { createMac } from './create.ts';
import { importMac } from './import.ts';
import { performMac } from './perform.ts';
import { recoverMac } from './recover.ts';
import { refreshMac } from './refresh.ts';

export const macRows: readonly SchemeRow[] = macSchemes.map(({ scheme }) => ({
  scheme,
  use: 'mac',
  // Of four: two garble and one evaluates.
  needs: () => 3,
  create: createMac,
  import: importMac,
  perform: performMac,
  refresh: refreshMac,
  recover: (custodians, key, lacking, signal) => recoverMac(custodians, key, lacking, signal),
  publicKey: () => new Uint8Array(0),
}));
