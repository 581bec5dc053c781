/** What a circuit must be, whoever made it. Checked before a circuit from elsewhere is used; the builder makes no other. */
import { CircuitError } from '../errors.ts';
import { mpcLimits } from '../limits.ts';
import { type Circuit, type CircuitInput, gateKind, type Layer } from './circuit.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** @throws CircuitError for what is no name of a party, an input or an output */
export function checkName(name: string): void {
  if (name.length > mpcLimits.nameCharsMax || !namePattern.test(name)) {
    // Of a name that is much too long the beginning will do.
    const shown = JSON.stringify(name.slice(0, mpcLimits.nameCharsMax));
    throw new CircuitError(`${shown} is no name of a party, an input or an output`);
  }
}

/** @throws CircuitError when all inputs, or all outputs, have so many bits */
export function checkPortBits(bits: number): void {
  if (!Number.isSafeInteger(bits) || bits < 0 || bits > mpcLimits.portBitsMax) {
    throw new CircuitError(`inputs or outputs of ${bits} bits are too large`);
  }
}

/** @throws CircuitError for no party, or one twice */
export function checkRecipients(output: string, to: readonly string[]): void {
  for (const party of to) checkName(party);
  if (to.length === 0 || new Set(to).size !== to.length) {
    throw new CircuitError(`output ${output} goes to no party, or twice to one`);
  }
}

/** Of inputs and outputs in the order in which they first appear. */
export function partiesOf(
  inputs: readonly Pick<CircuitInput, 'party'>[],
  outputs: readonly { readonly to: readonly string[] }[],
): string[] {
  const parties = new Set([...inputs.map(({ party }) => party), ...outputs.flatMap(({ to }) => to)]);
  if (parties.size > mpcLimits.partiesMax) {
    throw new CircuitError(`a circuit of ${parties.size} parties is too large`);
  }
  return [...parties];
}

/**
 * Everything: names, sizes, limits, and that gates stand behind what they read, in layers.
 * @throws CircuitError
 */
export function checkCircuit(circuit: Circuit): void {
  checkPorts(circuit);
  const { kinds, left, right, inputBits, wires, layers } = circuit;
  const gates = kinds.length;
  must(left.length === gates && right.length === gates && wires === inputBits + gates, 'its sizes differ');
  must(gates <= mpcLimits.gatesMax && layers.length <= mpcLimits.andDepthMax, 'it is too large');
  let next = 0;
  let ands = 0;
  for (const [index, layer] of layers.entries()) {
    const { linearFrom, andFrom, end } = layer;
    must(
      linearFrom === next && linearFrom <= andFrom && andFrom <= end && end <= gates,
      'layers are out of order',
    );
    const isLast = index === layers.length - 1;
    must(isLast ? end > linearFrom : end > andFrom, `layer ${index} has no gates`);
    checkLayer(circuit, layer);
    ands += end - andFrom;
    next = end;
  }
  must(next === gates && ands === circuit.ands, 'layers do not hold all gates');
}

function checkPorts({ inputs, inputBits, outputs, parties, wires }: Circuit): void {
  const names = new Set<string>();
  for (const { party, name, bits } of inputs) {
    checkName(party);
    checkName(name);
    checkPortBits(bits);
    must(!names.has(`${party} ${name}`), `${party} has two inputs of the name ${name}`);
    names.add(`${party} ${name}`);
  }
  const given = inputs.reduce((sum, { bits }) => sum + bits, 0);
  checkPortBits(given);
  must(given === inputBits && given > 0, 'its inputs have no bits, or others');
  const taken = new Set<string>();
  for (const { name, to, wires: read } of outputs) {
    checkName(name);
    checkRecipients(name, to);
    must(!taken.has(name), `there are two outputs of the name ${name}`);
    taken.add(name);
    for (const wire of read) must(wire < wires, `output ${name} reads a wire that is not there`);
  }
  checkPortBits(outputs.reduce((sum, { wires: read }) => sum + read.length, 0));
  must(outputs.length > 0, 'it has no output');
  const expected = partiesOf(inputs, outputs);
  must(
    parties.length === expected.length && parties.every((party, i) => party === expected[i]),
    'its parties are others',
  );
}

/** An AND gate reads what stands before all AND gates of its layer; another, what stands before itself. */
function checkLayer({ kinds, left, right, inputBits }: Circuit, { linearFrom, andFrom, end }: Layer): void {
  for (let gate = linearFrom; gate < end; gate++) {
    const [kind, a, b] = [kinds[gate]!, left[gate]!, right[gate]!];
    const from = inputBits + (gate < andFrom ? gate : andFrom);
    const isPlaced =
      gate < andFrom ? kind === gateKind.xor || (kind === gateKind.not && a === b) : kind === gateKind.and;
    if (!isPlaced || a >= from || b >= from) throw new CircuitError(`gate ${gate} is not well-formed`);
  }
}

function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new CircuitError(`the circuit is not well-formed: ${otherwise}`);
}
