/** The circuit of a command: compiled from a source, or read from its canonical encoding. */
import {
  type Circuit,
  CircuitError,
  circuitCommitment,
  decodeCircuit,
  encodeCircuit,
} from '@hypergate/node/jobs/mpc';
import {
  type CompiledProgram,
  CompileError,
  compile,
  type ProgramInterface,
  plainInterface,
} from '@hypergate/node/jobs/mpc/language';
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { readFileBounded } from './files.ts';

export interface LoadedProgram {
  readonly circuit: Circuit;
  readonly schema: ProgramInterface;
  /** Tagged SHA-256 of the canonical encoding. */
  readonly commitment: Uint8Array;
  /** Of a program that came as a source. */
  readonly source: { readonly text: string; readonly compiled: CompiledProgram } | undefined;
}

export interface LoadedSource extends LoadedProgram {
  readonly source: NonNullable<LoadedProgram['source']>;
}

/** @param path of a source, `*.ts`, or of an encoding that `hypergate mpc compile --out` wrote */
export async function loadProgram(path: string): Promise<LoadedProgram> {
  const bytes = await readFileBounded(path, serverLimits.circuitFileBytesMax);
  return path.endsWith('.ts') ? fromSource(bytes.toString('utf8'), path) : fromEncoding(bytes, path);
}

/** @throws StartError at the first place where something is wrong */
export function fromSource(text: string, path: string): LoadedSource {
  try {
    const compiled = compile(text, { fileName: path });
    const { circuit } = compiled;
    return {
      circuit,
      schema: compiled.interface,
      commitment: circuitCommitment(circuit),
      source: { text, compiled },
    };
  } catch (error) {
    if (error instanceof CompileError) throw new StartError(error.message, 2, { cause: error });
    throw error;
  }
}

function fromEncoding(bytes: Buffer, path: string): LoadedProgram {
  try {
    const circuit = decodeCircuit(bytes);
    return {
      circuit,
      schema: plainInterface(circuit),
      commitment: circuitCommitment(circuit),
      source: undefined,
    };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    const hint = 'a source has a name that ends in .ts';
    throw new StartError(`${path} is no encoding of a circuit: ${error.message} (${hint})`, 2, {
      cause: error,
    });
  }
}

/** What `POST /circuits` takes. */
export function encodingOf({ circuit }: LoadedProgram): Buffer {
  return encodeCircuit(circuit);
}
