/** The delay function and the verifiable encryption of epoch keys. */

import { measureVdf } from '@hypergate/node/crypto/vdf/bench';
import { parametersV1 } from '@hypergate/node/crypto/verenc';
import { measureVerenc } from '@hypergate/node/crypto/verenc/bench';
import type { Row } from './rows.ts';

export function vdfRows(bits: number): { rows: Row[]; details: object } {
  const vdf = measureVdf(bits);
  const rows: Row[] = [
    {
      what: `VDF squarings at ${bits} bits`,
      value: vdf.squaringsPerSecond,
      unit: '/s',
      ...(bits === 2048 ? { reach: { atLeast: 8000 } } : {}),
    },
    { what: '  verification with hint', value: vdf.verifyWithHintMs, unit: 'ms' },
    { what: '  verification with search', value: vdf.verifyWithSearchMs, unit: 'ms' },
    { what: '  search of a discriminant', value: vdf.discriminantNativeMs, unit: 'ms' },
  ];
  return { rows, details: vdf };
}

export function verencRows(rounds: number): { rows: Row[]; details: object } {
  const measured = measureVerenc(parametersV1, rounds);
  const rows: Row[] = [
    {
      what: 'verifiable encryption of one epoch key: prove',
      value: measured.proveMs,
      unit: 'ms',
      reach: { atMost: 500 },
      note: 'CPU',
    },
    { what: '  verify', value: measured.verifyMs, unit: 'ms', reach: { atMost: 500 }, note: 'CPU' },
    {
      what: '  size of the proof',
      value: measured.proofBytes / 1024,
      unit: 'KiB',
      reach: { atMost: 64 },
      reference: '9,268 B per 55 bytes, unsound',
    },
    { what: '  recover', value: measured.recoverMs, unit: 'ms', note: 'CPU' },
    { what: '  ciphertext kept', value: measured.ciphertextBytes / 1024, unit: 'KiB' },
  ];
  return { rows, details: measured };
}
