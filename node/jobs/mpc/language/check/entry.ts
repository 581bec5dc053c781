/**
 * The entry point: parameters are parties, the fields of their types are inputs, and the fields of the result say who learns
 * what: `all`, a party, or several parties with commas between them.
 */

import { mpcLimits } from '../../limits.ts';
import { quote } from '../errors.ts';
import type { FunctionNode } from '../syntax/ast.ts';
import { hasNumber, type Type, typeText } from '../types.ts';
import { instanceOf } from './calls.ts';
import type { Context } from './context.ts';
import type { Expression, FunctionInstance, ProgramInput, ProgramOutput } from './tree.ts';

export interface EntryPoint {
  readonly parties: readonly string[];
  readonly inputs: readonly ProgramInput[];
  readonly instance: FunctionInstance;
}

/** Of what the parties of a circuit, their inputs and outputs can be called. */
const portName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function checkEntry(context: Context, node: FunctionNode): EntryPoint {
  const { budget } = context;
  const { parameters } = node;
  if (node.typeParameters.length > 0) {
    throw context.error('entry-point', node.typeParameters[0]!, 'the entry point has no type parameters');
  }
  if (parameters.length === 0) {
    throw context.error('entry-point', node, 'the entry point has a parameter for each party');
  }
  if (parameters.length > mpcLimits.partiesMax) {
    throw budget.limit(parameters[mpcLimits.partiesMax]!, `more than ${mpcLimits.partiesMax} parties`);
  }
  const instance = instanceOf(context, node, new Map(), node);
  const inputs = parameters.flatMap(({ name: party }, i): ProgramInput[] => {
    checkPortName(context, party.name, party);
    if (party.name === 'all')
      throw context.error('entry-point', party, '"all" means all parties: name it else');
    const type = instance.parameters[i]!;
    if (type.kind !== 'struct') {
      const text = `${party.name} is a party: its type is a struct of its inputs, such as { bid: u32 }, not ${typeText(type)}`;
      throw context.error('entry-point', parameters[i]!.type, text);
    }
    return type.fields.map((field) => {
      checkPort(context, field.name, field.type, parameters[i]!.type);
      return { party: party.name, name: field.name, type: field.type, ...spanOf(parameters[i]!) };
    });
  });
  return { parties: parameters.map(({ name }) => name.name), inputs, instance };
}

/** When the body is checked, and with it what is returned. */
export function checkOutputs(
  context: Context,
  { returns, result }: FunctionInstance,
  parties: readonly string[],
): ProgramOutput[] {
  const learnt = new Map(parties.map((party) => [party, new Set<string>()]));
  const groups = new Set<string>();
  if (returns?.kind !== 'struct')
    throw context.error('entry-point', result!, `the result is no struct: ${form}`);
  return returns.fields.flatMap((group, i): ProgramOutput[] => {
    const value = partOf(result!, i);
    const to = partiesOf(group.name, parties);
    if (typeof to === 'string') throw context.error('entry-point', value, `${to}: ${form}`);
    if (groups.has(to.join())) {
      throw context.error('entry-point', value, `there are two groups of ${to.join(', ')}`);
    }
    groups.add(to.join());
    if (group.type.kind !== 'struct') {
      const text = `what ${group.name} learns needs a name, as in { ${quote(group.name)}: { result } }`;
      throw context.error('entry-point', value, text);
    }
    return group.type.fields.map((field, j): ProgramOutput => {
      const { start, end } = partOf(value, j);
      checkPort(context, field.name, field.type, { start, end });
      for (const party of to) {
        const names = learnt.get(party)!;
        if (names.has(field.name)) {
          const text = `${party} learns two outputs of the name ${field.name}`;
          throw context.error('entry-point', { start, end }, text);
        }
        names.add(field.name);
      }
      return { name: field.name, to, type: field.type, path: [i, j], start, end };
    });
  });
}

const form = 'return { all: { winner }, alice: { price } } and the like, which says who learns what';

/** The expression of a field where it can be seen, for messages. */
function partOf(value: Expression, field: number): Expression {
  if (value.kind === 'convert') return partOf(value.operand, field);
  if (value.kind !== 'struct') return value;
  return value.parts.find(({ isSpread, fields }) => !isSpread && fields[0] === field)?.value ?? value;
}

/** @returns parties in the order of the parameters, or what is wrong */
function partiesOf(group: string, parties: readonly string[]): string[] | string {
  if (group === 'all') return [...parties];
  const names = group.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !parties.includes(name));
  if (unknown !== undefined) return `there is no party ${quote(unknown)}`;
  if (new Set(names).size !== names.length) return `${quote(group)} names a party twice`;
  return parties.filter((party) => names.includes(party));
}

function checkPort(context: Context, name: string, type: Type, span: { start: number; end: number }): void {
  checkPortName(context, name, span);
  if (hasNumber(type)) {
    const text = `${name} is known while compiling: give it a type of the circuit, such as u32`;
    throw context.error('entry-point', span, text);
  }
}

function checkPortName(context: Context, name: string, span: { start: number; end: number }): void {
  if (portName.test(name) && name.length * 2 < mpcLimits.nameCharsMax) return;
  const most = mpcLimits.nameCharsMax / 2 - 1;
  const text = `${quote(name)} cannot be the name of a party, input or output: letters, digits and "_", ${most} at most`;
  throw context.error('entry-point', span, text);
}

function spanOf({ start, end }: { start: number; end: number }): { start: number; end: number } {
  return { start, end };
}
