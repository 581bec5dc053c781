/** `hypergate mpc import`: a circuit in a Bristol format, in which inputs have no owners, becomes one with parties. */
import { createReadStream } from 'node:fs';
import { CircuitError, circuitCommitment, encodeCircuit } from '@hypergate/node/jobs/mpc';
import {
  type InputPort,
  importBristolStream,
  type OutputPort,
} from '@hypergate/node/jobs/mpc/circuit/bristol';
import { StartError, translateSystemError } from '../../errors.ts';
import { pathOf, writeBytes } from './files.ts';

export async function runImport(
  from: string,
  to: string,
  { input, output }: { readonly input: readonly string[]; readonly output: readonly string[] },
): Promise<void> {
  const ports = { inputs: input.map(inputPort), outputs: output.map(outputPort) };
  const text = from === '-' ? process.stdin : createReadStream(pathOf(from));
  try {
    const circuit = await importBristolStream(text.setEncoding('utf8') as AsyncIterable<string>, ports);
    await writeBytes(to, encodeCircuit(circuit));
    process.stdout.write(`commitment ${Buffer.from(circuitCommitment(circuit)).toString('hex')}\n`);
  } catch (error) {
    if (error instanceof CircuitError) throw new StartError(`${from}: ${error.message}`, 2, { cause: error });
    throw translateSystemError(error, `${from} cannot be read`);
  }
}

/** `party.name`, or `party.name:bits` */
function inputPort(text: string): InputPort {
  const [, party, name, bits] = /^([^.:]+)\.([^:]+)(?::(\d{1,9}))?$/.exec(text) ?? [];
  if (party === undefined || name === undefined)
    throw new StartError(`${text}: an input is party.name or party.name:bits`, 2);
  return { party, name, ...(bits === undefined ? {} : { bits: Number(bits) }) };
}

/** `name=party,party`, or `name:bits=party` */
function outputPort(text: string): OutputPort {
  const [, name, bits, to] = /^([^=:]+)(?::(\d{1,9}))?=(.+)$/.exec(text) ?? [];
  if (name === undefined || to === undefined)
    throw new StartError(`${text}: an output is name=party,party or name:bits=party,party`, 2);
  return { name, to: to.split(','), ...(bits === undefined ? {} : { bits: Number(bits) }) };
}
