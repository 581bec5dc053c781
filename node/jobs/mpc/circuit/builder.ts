/**
 * Makes circuits gate by gate. A bit is a literal of an XOR-AND graph (graph.ts), which folds constants and equal gates as they come;
 * at the end gates are saved that only the whole graph shows (optimise.ts), and those on which no output depends left out.
 */
import { CircuitError } from '../errors.ts';
import { mpcLimits } from '../limits.ts';
import { checkName, checkPortBits, checkRecipients } from './check.ts';
import type { Circuit, CircuitInput } from './circuit.ts';
import { emit, type GivenOutput } from './emit.ts';
import { FALSE, type Literal, TRUE, XorAndGraph } from './graph.ts';
import { holdersOf } from './holders.ts';
import { optimise } from './optimise.ts';

export { FALSE, TRUE };

/** A wire while a circuit is being made. */
export type Bit = Literal;

/** Bits of a number, the least significant first. */
export type Word = readonly Bit[];

export interface BuildOptions {
  /** Puts chains of AND gates into the order of least depth: of use when rounds cost more than gates. Off unless said otherwise. */
  readonly balance?: boolean;
}

export class CircuitBuilder {
  private readonly graph = new XorAndGraph(mpcLimits.gatesMax);
  private readonly inputs: CircuitInput[] = [];
  private readonly inputNodes: number[] = [];
  private readonly inputNames = new Set<string>();
  private readonly outputs: GivenOutput[] = [];
  private readonly outputNames = new Set<string>();
  private outputBits = 0;

  /**
   * @param party a party, or several that all know the input: see `holdersOf`
   * @throws CircuitError for a name that is taken, or too many bits
   */
  input(party: string, name: string, bits: number): Bit[] {
    for (const holder of holdersOf(party)) checkName(holder);
    checkName(name);
    if (this.inputNames.has(`${party} ${name}`)) {
      throw new CircuitError(`${party} has two inputs of the name ${name}`);
    }
    checkPortBits(bits);
    checkPortBits(this.inputNodes.length + bits);
    this.inputNames.add(`${party} ${name}`);
    this.inputs.push({ party, name, bits });
    return Array.from({ length: bits }, () => {
      const bit = this.graph.input();
      this.inputNodes.push(bit >>> 1);
      return bit;
    });
  }

  /** @param to parties that learn it */
  output(name: string, to: readonly string[], bits: Word): void {
    checkName(name);
    checkRecipients(name, to);
    if (this.outputNames.has(name)) throw new CircuitError(`there are two outputs of the name ${name}`);
    checkPortBits(this.outputBits + bits.length);
    this.outputNames.add(name);
    this.outputBits += bits.length;
    this.outputs.push({ name, to: [...to], bits: [...bits] });
  }

  not(a: Bit): Bit {
    return a ^ 1;
  }

  xor(a: Bit, b: Bit): Bit {
    return this.graph.xor(a, b);
  }

  and(a: Bit, b: Bit): Bit {
    return this.graph.and(a, b);
  }

  or(a: Bit, b: Bit): Bit {
    return this.graph.or(a, b);
  }

  /** `whenTrue` if the condition holds, otherwise `whenFalse`: one AND gate. */
  mux(condition: Bit, whenTrue: Bit, whenFalse: Bit): Bit {
    return this.xor(whenFalse, this.and(condition, this.xor(whenTrue, whenFalse)));
  }

  /** AND gates that were made so far; those no output needs are not left out yet. */
  get ands(): number {
    return this.graph.nodes.ands;
  }

  /** @throws CircuitError when it has no input, no output or too many gates */
  build(options: BuildOptions = {}): Circuit {
    if (this.outputs.length === 0) throw new CircuitError('the circuit has no output');
    if (this.inputNodes.length === 0) throw new CircuitError('the circuit has no input');
    const { graph, inputNodes, outputs } = this;
    return emit(optimise({ graph, inputNodes, outputs }, options), this.inputs);
  }
}
