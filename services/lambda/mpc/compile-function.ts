/** From the files of a package to what a version keeps of them. */
import { createHash } from 'node:crypto';
import { type CircuitRecord, ComputationRefused, type Computations } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import type { CompiledFunction, PackageFiles } from './api.ts';
import { unavailable } from './failure.ts';
import { mpcLimits } from './limits.ts';
import { type Manifest, manifestFile, manifestText, readManifest } from './manifest.ts';

/** @throws AwsError InvalidParameterValueException, ServiceException */
export async function compileFunction(
  files: PackageFiles,
  computations: Computations,
): Promise<CompiledFunction> {
  const manifest = readManifest(await fileOf(files, manifestFile, mpcLimits.manifestBytesMax));
  const source = textOf(await fileOf(files, manifest.source, mpcLimits.sourceBytesMax), manifest.source);
  const { circuit, warnings } = await compiled(source, manifest, computations);
  compare(manifest, circuit);
  const text = manifestText(manifest);
  return {
    circuit: { commitment: circuit.commitment, manifest: text },
    parties: manifest.parties,
    level: manifest.level,
    manifestSha256: createHash('sha256').update(text).digest('hex'),
    warnings,
  };
}

async function fileOf(files: PackageFiles, path: string, bytesMax: number): Promise<Uint8Array> {
  const file = files.find(path);
  if (file === undefined) throw refusal(`A package of runtime mpc has a file ${path}.`);
  if (file.size > bytesMax) throw refusal(`${path}: it has more than ${bytesMax} bytes`);
  return await file.read();
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refusal(`${path}: it is not UTF-8`);
  }
}

/** What the compiler calls a source of which it knows no name. */
const unnamed = 'source.mpc.ts:';

async function compiled(source: string, manifest: Manifest, computations: Computations) {
  try {
    return await computations.compileCircuit(source, { sameTypes: true });
  } catch (error) {
    if (!(error instanceof ComputationRefused)) throw error;
    if (error.status === 503) throw unavailable(error.message);
    const { message } = error;
    throw refusal(
      message.startsWith(unnamed)
        ? `${manifest.source}:${message.slice(unnamed.length)}`
        : `${manifest.source}: ${message}`,
    );
  }
}

/** Whoever reads the manifest knows who learns what: the source says the same. */
function compare(manifest: Manifest, { parties, inputs, outputs }: CircuitRecord): void {
  const differ = (member: string, ofSource: readonly string[], ofManifest: readonly string[]) => {
    if (list(ofSource) !== list(ofManifest)) {
      throw refusal(`${manifestFile}: ${member}: the source has ${list(ofSource) || 'none'}`);
    }
  };
  differ('parties', parties, manifest.parties);
  for (const party of manifest.parties) {
    const learned = outputs.filter(({ to }) => to.includes(party)).map(({ name }) => plainName(name));
    differ(`outputs.${party}`, learned, manifest.outputs[party] ?? []);
    const gives = inputs.some((input) => input.party === party);
    if (!gives && typeof manifest.inputs[party] === 'object')
      throw refusal(`${manifestFile}: inputs.${party}: in the source it gives no input`);
  }
}

/** In a circuit the group of parties stands before it: `all.winner`. */
const plainName = (output: string): string => output.slice(output.lastIndexOf('.') + 1);

const list = (names: readonly string[]): string => names.toSorted().join(', ');

function refusal(message: string): Error {
  return lambdaError('InvalidParameterValueException', message);
}
