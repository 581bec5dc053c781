/**
 * Cost of a verifiable encryption for several parameters with at least 128 bits, in CPU time of one core (this machine may
 * be busy with other things): `node node/crypto/verenc/bench.ts [--json] [rounds]`.
 */
import { randomBytes } from 'node:crypto';
import { baseMultiply, encodeElement, encodeScalar, scalarFromWide } from '../ristretto-portable.ts';
import {
  ciphertextBytes,
  compressProof,
  type Parameters,
  parametersV1,
  proofBytes,
  proveEncryption,
  recoverEncrypted,
  soundnessBits,
  verifyEncryption,
} from './index.ts';

export interface VerencResult extends Parameters {
  readonly soundnessBits: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  readonly recoverMs: number;
  readonly proofBytes: number;
  readonly ciphertextBytes: number;
}

const alternatives: readonly Parameters[] = [
  parametersV1,
  { parties: 134, opened: 58 },
  { parties: 144, opened: 48 },
  { parties: 144, opened: 96 },
  { parties: 165, opened: 40 },
  { parties: 221, opened: 32 },
];

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Medians over `rounds`, after one round that is not counted. */
export function measureVerenc(parameters: Parameters, rounds: number): VerencResult {
  const [readSecret, key] = [randomBytes(64), randomBytes(64)].map(scalarFromWide) as [bigint, bigint];
  const secret = encodeScalar(key);
  const statement = {
    domain: randomBytes(32),
    epoch: 1,
    readKey: encodeElement(baseMultiply(readSecret)),
    commitment: encodeElement(baseMultiply(key)),
  };
  const times = { prove: [] as number[], verify: [] as number[], recover: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    let proof = new Uint8Array(0);
    const prove = cpuMs(() => {
      proof = proveEncryption(secret, statement, randomBytes(32), parameters) as Uint8Array<ArrayBuffer>;
    });
    const verify = cpuMs(() => {
      const checked = verifyEncryption(statement, proof, parameters);
      if (!checked.ok) throw new Error(checked.reason);
    });
    const ciphertext = compressProof(proof, parameters);
    const recover = cpuMs(() => recoverEncrypted(readSecret, statement.domain, ciphertext, parameters));
    if (round === 0) continue;
    times.prove.push(prove);
    times.verify.push(verify);
    times.recover.push(recover);
  }
  return {
    ...parameters,
    soundnessBits: soundnessBits(parameters),
    proveMs: median(times.prove),
    verifyMs: median(times.verify),
    recoverMs: median(times.recover),
    proofBytes: proofBytes(parameters),
    ciphertextBytes: ciphertextBytes(parameters),
  };
}

if (import.meta.main) {
  const rounds = Number(process.argv.slice(2).find((argument) => argument !== '--json') ?? 9);
  const results = alternatives.map((parameters) => measureVerenc(parameters, rounds));
  if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
  else {
    console.log('    N    t   bits  prove ms  verify ms  recover ms  proof B  ciphertext B');
    for (const result of results) {
      const cells = [
        String(result.parties).padStart(5),
        String(result.opened).padStart(5),
        result.soundnessBits.toFixed(1).padStart(7),
        result.proveMs.toFixed(0).padStart(10),
        result.verifyMs.toFixed(0).padStart(11),
        result.recoverMs.toFixed(1).padStart(12),
        String(result.proofBytes).padStart(9),
        String(result.ciphertextBytes).padStart(14),
      ];
      console.log(cells.join(''));
    }
  }
}
