/**
 * `hypergate ceremony init|contribute|verify|export`: powers of tau, on files.
 *
 * The secret of a contribution is made here, is never written, and ends with the process. Its bytes are overwritten; the
 * big integers made from them cannot be, in JavaScript.
 */
import { randomFillSync } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadWasmCurve } from '@hypergate/node/crypto/bls48581/wasm';
import {
  contribute,
  encodeSrs,
  exportCeremony,
  initCeremony,
  readTranscript,
  SrsError,
  srsLimits,
  type Transcript,
  verifierKeyOf,
  verifyCeremony,
  writeTranscript,
} from '@hypergate/node/crypto/srs';
import { callerFolder } from '../boot/caller-folder.ts';
import { ConfigError, StartError, systemCode, translateSystemError } from '../errors.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

export async function runInit(file: string, options: { readonly powers: string }): Promise<void> {
  const powers = numberOf(options.powers, '--powers');
  const curve = await loadWasmCurve();
  const transcript = translated(() => initCeremony(curve, { g1: powers, g2: 2 }));
  await writeNew(file, writeTranscript(transcript));
  say(`${file}: ${powers} powers in G1 and 2 in G2, no contribution yet`);
}

export async function runContribute(
  from: string,
  to: string,
  options: { readonly entropyStdin: boolean },
): Promise<void> {
  const transcript = await readCeremony(from);
  const entropy = await gatherEntropy(options.entropyStdin);
  const curve = await loadWasmCurve();
  const next = translated(() => {
    try {
      return contribute(curve, transcript, entropy);
    } finally {
      entropy.fill(0);
    }
  });
  await writeNew(to, writeTranscript(next));
  const { number, hash } = next.contributions.at(-1)!;
  say(`${to}: contribution ${number}`);
  say(`its hash: ${hash}`);
  say(
    'Keep the hash: it shows that the final transcript holds your contribution. The secret was not written anywhere.',
  );
  say(
    'Big integers cannot be overwritten in JavaScript; what is left of it in memory ends with this process.',
  );
}

export async function runVerify(file: string): Promise<void> {
  const transcript = await readCeremony(file);
  const [fault] = verifyCeremony(await loadWasmCurve(), transcript);
  if (fault !== undefined) throw new StartError(`${file}: ${fault}`);
  for (const { number, hash } of transcript.contributions) say(`contribution ${number}: ${hash}`);
  say(
    `${file}: ${transcript.contributions.length} contributions, all proven; ${transcript.g1.length} powers, consistent`,
  );
}

export async function runExport(
  from: string,
  to: string,
  options: { readonly width: string },
): Promise<void> {
  const curve = await loadWasmCurve();
  const transcript = await readCeremony(from);
  const width = numberOf(options.width, '--width');
  const srs = translated(() => exportCeremony(curve, transcript, width));
  await writeNew(to, encodeSrs(curve, srs));
  say(JSON.stringify(verifierKeyOf(curve, srs), null, 2));
}

/** 64 bytes of the system's generator, and what stands on standard input if asked to read it. */
async function gatherEntropy(fromStdin: boolean): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [randomFillSync(new Uint8Array(64))];
  let length = 64;
  if (fromStdin) {
    for await (const piece of process.stdin as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > srsLimits.entropyBytesMax) {
        throw new ConfigError(`standard input holds more than ${srsLimits.entropyBytesMax - 64} bytes`);
      }
      pieces.push(piece);
    }
  }
  const entropy = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    entropy.set(piece, at);
    at += piece.length;
    piece.fill(0);
  }
  return entropy;
}

async function readCeremony(file: string): Promise<Transcript> {
  const path = inCallerFolder(file);
  const text = await attempt(file, async () => {
    const { size } = await stat(path);
    if (size > srsLimits.textBytesMax) throw new StartError(`${file} is too long for a transcript`);
    return await readFile(path, 'utf8');
  });
  return translated(() => readTranscript(text), file);
}

/** A file that exists is never replaced: it may be the only copy of somebody's contribution. */
async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  await attempt(file, () => writeFile(inCallerFolder(file), content, { flag: 'wx' }));
}

const inCallerFolder = (file: string) => resolve(callerFolder(process.env, process.cwd()), file);

async function attempt<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new StartError(`${file} exists already`);
    throw translateSystemError(error, `${file} cannot be used`);
  }
}

function translated<T>(run: () => T, file?: string): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SrsError || error instanceof RangeError)) throw error;
    throw new StartError(file === undefined ? error.message : `${file}: ${error.message}`, 1, {
      cause: error,
    });
  }
}

function numberOf(text: string, flag: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new ConfigError(`${flag} takes a number, not ${text}`);
  return Number(text);
}
