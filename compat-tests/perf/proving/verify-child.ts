/**
 * What a client pays that checks one proof in a process of its own: `verify-child.ts TRUST_ROOT < proof`. Prints the time
 * since the process began and the processor time that it took, both with the start of Node.js.
 */
import { createVerifier } from '@hypergate/node/verifier';

export interface ColdFigures {
  readonly sinceStartMs: number;
  readonly cpuMs: number;
  /** Of it, before the verifier was loaded: Node.js itself and this program's modules. */
  readonly bareCpuMs: number;
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const bareCpuMs = cpu();
const pieces: Buffer[] = [];
for await (const piece of process.stdin) pieces.push(piece);
const proof = Buffer.from(Buffer.concat(pieces).toString('latin1'), 'base64');
const verifier = await createVerifier();
verifier.verify(Uint8Array.from(proof), Uint8Array.from(Buffer.from(process.argv[2] ?? '', 'hex')));
const figures: ColdFigures = { sinceStartMs: performance.now(), cpuMs: cpu(), bareCpuMs };
process.stdout.write(JSON.stringify(figures));
