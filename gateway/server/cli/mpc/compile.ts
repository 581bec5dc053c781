/** `hypergate mpc compile` and `hypergate mpc test`: what a developer does before there are other parties. */
import { evaluate } from '@hypergate/node/jobs/mpc';
import { bristolPieces } from '@hypergate/node/jobs/mpc/circuit/bristol';
import {
  decodeParty,
  encodeInputs,
  InterfaceError,
  runInClear,
  ValueError,
  type ValueType,
} from '@hypergate/node/jobs/mpc/language';
import { StartError } from '../../errors.ts';
import { writeBytes } from './files.ts';
import { encodingOf, type LoadedProgram, loadProgram } from './program.ts';
import { allValues, printed } from './values.ts';

export async function runCompile(
  path: string,
  options: { readonly out: string | undefined; readonly bristol: string | undefined; readonly json: boolean },
): Promise<void> {
  const program = await loadProgram(path);
  warn(program);
  if (options.out !== undefined) await writeBytes(options.out, encodingOf(program));
  if (options.bristol !== undefined)
    await writeBytes(options.bristol, bristolPieces(program.circuit, { format: 'fashion' }));
  process.stdout.write(options.json ? printed(summary(program)) : text(program));
}

/** Runs a program on inputs that are all known; what each party learns is printed. */
export async function runTest(
  path: string,
  options: { readonly input: readonly string[]; readonly inputs: string | undefined },
): Promise<void> {
  const { circuit, schema, source } = await loadProgram(path);
  const values = await allValues(options.input, options.inputs);
  try {
    const bits = evaluate(circuit, encodeInputs(schema, values));
    const results = Object.fromEntries(
      schema.parties.map((party) => [party, decodeParty(schema, party, bits, { bytes: 'hex' })]),
    );
    // The gates and the statements are two ways to the same result, which share no code.
    const isSame =
      source === undefined ||
      printed(runInClear(source.compiled, values, { bytes: 'hex' })) === printed(results);
    if (!isSame)
      throw new Error('the circuit and the source give different results: this is a fault of the compiler');
    process.stdout.write(printed(results));
  } catch (error) {
    throw explained(error);
  }
}

/** Of inputs that do not fit. */
export function explained(error: unknown): unknown {
  const isExpected = error instanceof ValueError || error instanceof InterfaceError;
  return isExpected ? new StartError(error.message, 2, { cause: error }) : error;
}

function warn({ source }: LoadedProgram): void {
  for (const { line, column, text } of source?.compiled.warnings ?? [])
    process.stderr.write(`warning: ${line}:${column}: ${text}\n`);
}

function summary({ circuit, schema, commitment }: LoadedProgram) {
  return {
    commitment: Buffer.from(commitment).toString('hex'),
    ands: circuit.ands,
    gates: circuit.kinds.length,
    layers: circuit.layers.length,
    inputs: schema.inputs.map(({ party, name, type }) => ({ party, name, type: typeText(type) })),
    outputs: schema.outputs.map(({ name, to, type }) => ({ name, to, type: typeText(type) })),
  };
}

function text(program: LoadedProgram): string {
  const { commitment, ands, gates, layers, inputs, outputs } = summary(program);
  return [
    `commitment ${commitment}`,
    `${ands} AND of ${gates} gates in ${layers} layers`,
    ...inputs.map(({ party, name, type }) => `${party} gives ${name}: ${type}`),
    ...outputs.map(
      ({ name, to, type }) => `${to.join(', ')} ${to.length === 1 ? 'learns' : 'learn'} ${name}: ${type}`,
    ),
    '',
  ].join('\n');
}

function typeText(type: ValueType): string {
  switch (type.kind) {
    case 'bool':
      return 'bool';
    case 'integer':
      return `${type.isSigned ? 'i' : 'u'}${type.bits}`;
    case 'array':
      return `${typeText(type.element)}[${type.length}]`;
    case 'tuple':
      return `[${type.elements.map(typeText).join(', ')}]`;
    case 'struct':
      return `{ ${type.fields.map(({ name, type: of }) => `${name}: ${typeText(of)}`).join('; ')} }`;
  }
}
