/**
 * The canonical bytes of a circuit, and its commitment. Equal circuits have equal bytes, and other bytes are refused: every number has
 * one width, nothing can be left out, and what follows from the rest (wires, parties, count of AND gates) is not there.
 *
 *     'HGCIRCUI' u32 version=1
 *     u32 inputs   { name party, name, u32 bits } ...
 *     u32 outputs  { name, u8 recipients { name } ..., u32 bits, u32 wire ... } ...
 *     u32 layers   { u32 gates before its AND gates, u32 gates before the next layer } ...
 *     u32 gates    u8 kind ..., u32 left ..., u32 right ...
 *
 * Numbers are little-endian; a name is a u8 length and so many ASCII characters. Never changed once released: another layout is
 * another version.
 */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { Tag, type TaggedHash } from '../../../api/types.ts';
import { CircuitError } from '../errors.ts';
import { mpcLimits } from '../limits.ts';
import { checkCircuit, partiesOf } from './check.ts';
import type { Circuit, CircuitInput, CircuitOutput, Layer } from './circuit.ts';

const magic = Buffer.from('HGCIRCUI', 'latin1');
const version = 1;

/** Before the canonical bytes in the hash, so that nothing else that is hashed is the commitment of a circuit. */
const commitmentDomain = Buffer.from('hypergate/mpc/circuit-commitment/v1\0', 'latin1');

/** Tagged SHA-256 of the domain and the canonical bytes: what parties agree on. */
export function circuitCommitment(circuit: Circuit): TaggedHash {
  const hash = createHash('sha256').update(commitmentDomain);
  for (const part of encodedParts(circuit)) hash.update(part);
  return Buffer.concat([Buffer.of(Tag.sha256), hash.digest()]);
}

export function encodeCircuit(circuit: Circuit): Buffer {
  return Buffer.concat([...encodedParts(circuit)]);
}

/** The canonical bytes piece by piece; gates are not copied. */
export function* encodedParts(circuit: Circuit): Generator<Uint8Array> {
  const { inputs, outputs, layers, kinds, left, right } = circuit;
  yield magic;
  yield numbers(version, inputs.length);
  for (const { party, name, bits } of inputs) {
    yield encodedName(party);
    yield encodedName(name);
    yield numbers(bits);
  }
  yield numbers(outputs.length);
  for (const { name, to, wires } of outputs) {
    yield encodedName(name);
    yield Buffer.of(to.length);
    for (const party of to) yield encodedName(party);
    yield numbers(wires.length);
    yield littleEndian(wires);
  }
  yield numbers(layers.length);
  yield littleEndian(Uint32Array.from(layers.flatMap(({ andFrom, end }) => [andFrom, end])));
  yield numbers(kinds.length);
  yield kinds;
  yield littleEndian(left);
  yield littleEndian(right);
}

/** @throws CircuitError for bytes that are not those of a circuit. Nothing is taken on trust: the result is as good as one built here */
export function decodeCircuit(bytes: Uint8Array): Circuit {
  const reader = new Reader(bytes);
  if (!reader.take(magic.length).equals(magic) || reader.number() !== version) {
    throw new CircuitError('these are not the bytes of a circuit, or of another version');
  }
  const inputs = decodeInputs(reader);
  const outputs = decodeOutputs(reader);
  const layers = decodeLayers(reader);
  const gates = reader.count(mpcLimits.gatesMax, 9);
  const kinds = Uint8Array.from(reader.take(gates));
  const [left, right] = [reader.numbers(gates), reader.numbers(gates)];
  reader.end();
  const inputBits = inputs.reduce((sum, { bits }) => sum + bits, 0);
  const circuit: Circuit = {
    inputs,
    inputBits,
    outputs,
    parties: partiesOf(inputs, outputs),
    kinds,
    left,
    right,
    layers,
    wires: inputBits + gates,
    ands: layers.reduce((sum, { andFrom, end }) => sum + end - andFrom, 0),
  };
  checkCircuit(circuit);
  return circuit;
}

function decodeInputs(reader: Reader): CircuitInput[] {
  // A name has at least a length and a character.
  return reader.list(reader.count(mpcLimits.portBitsMax, 8), () => ({
    party: reader.name(),
    name: reader.name(),
    bits: reader.number(),
  }));
}

function decodeOutputs(reader: Reader): CircuitOutput[] {
  return reader.list(reader.count(mpcLimits.portBitsMax, 9), () => ({
    name: reader.name(),
    to: reader.list(reader.take(1)[0]!, () => reader.name()),
    wires: reader.numbers(reader.count(mpcLimits.portBitsMax, 4)),
  }));
}

function decodeLayers(reader: Reader): Layer[] {
  let linearFrom = 0;
  return reader.list(reader.count(mpcLimits.andDepthMax, 8), () => {
    const layer = { linearFrom, andFrom: reader.number(), end: reader.number() };
    linearFrom = layer.end;
    return layer;
  });
}

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at)
      throw new CircuitError('the bytes of the circuit end too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(): number {
    return this.take(4).readUInt32LE();
  }

  numbers(length: number): Uint32Array {
    const taken = this.take(4 * length);
    const out = new Uint32Array(length);
    new Uint8Array(out.buffer).set(taken);
    return isLittleEndian ? out : swapped(out);
  }

  /** A count of what takes at least so many bytes each: checked before anything is made for it. */
  count(max: number, bytesEach: number): number {
    const count = this.number();
    if (count > max || count * bytesEach > this.bytes.length - this.at) {
      throw new CircuitError('the circuit is too large, or its bytes end too early');
    }
    return count;
  }

  list<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  name(): string {
    return this.take(this.take(1)[0]!).toString('latin1');
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new CircuitError('something follows the bytes of the circuit');
  }
}

const isLittleEndian = endianness() === 'LE';

function encodedName(name: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')]);
}

function numbers(...values: number[]): Uint8Array {
  return littleEndian(Uint32Array.from(values));
}

function littleEndian(values: Uint32Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = isLittleEndian ? values : swapped(values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function swapped(values: Uint32Array): Uint32Array {
  const copy = Uint32Array.from(values);
  Buffer.from(copy.buffer).swap32();
  return copy;
}
