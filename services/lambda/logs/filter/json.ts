/** `{ $.a.b = "c" && ($.n > 1 || $.list[*].x IS NULL) }`: conditions on properties of events that are JSON objects. */
import { readComparison, readOperator } from './comparison.ts';
import { type Budget, readLogic, type Test } from './logic.ts';
import { Scanner } from './scanner.ts';

type Step = string | number | '*';
type Document = Readonly<Record<string, unknown>>;

/** @param text from the opening brace on @throws AwsError */
export function readJsonPattern(text: string): Test<string> {
  const scanner = new Scanner(text);
  if (!scanner.takes('{')) throw scanner.fault();
  const budget: Budget = { conditions: 0 };
  const test = readLogic<Document>(scanner, budget, () => readCondition(scanner));
  if (!scanner.takes('}')) throw scanner.fault();
  scanner.skipSpaces();
  if (!scanner.done) throw scanner.fault();
  return (message) => {
    const document = parse(message);
    return document !== undefined && test(document);
  };
}

function readCondition(scanner: Scanner): Test<Document> {
  const steps = readSelector(scanner);
  const anyOf = (test: (value: unknown) => boolean) => (document: Document) =>
    valuesAt(document, steps).some(test);
  if (scanner.takesWord('NOT')) {
    if (!scanner.takesWord('EXISTS')) throw scanner.fault();
    return (document) => valuesAt(document, steps).length === 0;
  }
  if (scanner.takesWord('EXISTS')) return anyOf(() => true);
  if (scanner.takesWord('IS')) {
    for (const [word, value] of [
      ['TRUE', true],
      ['FALSE', false],
      ['NULL', null],
    ] as const)
      if (scanner.takesWord(word)) return anyOf((one) => one === value);
    throw scanner.fault();
  }
  const operator = readOperator(scanner);
  if (operator === undefined) throw scanner.fault();
  const compare = readComparison(scanner, operator);
  return anyOf(
    (value) =>
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') &&
      compare(value),
  );
}

function readSelector(scanner: Scanner): Step[] {
  if (!scanner.takes('$')) throw scanner.fault();
  const steps: Step[] = [];
  for (;;) {
    if (scanner.next === '.') {
      scanner.at += 1;
      const name = scanner.takeWhile(/[\w@:/-]/);
      // `$.["a.b"]` is written as well.
      if (name !== '') steps.push(name);
      else if (!scanner.text.startsWith('[', scanner.at)) throw scanner.fault();
    } else if (scanner.next === '[') {
      scanner.at += 1;
      steps.push(readIndex(scanner));
      if (!scanner.takes(']')) throw scanner.fault();
    } else if (steps.length === 0) throw scanner.fault();
    else return steps;
  }
}

function readIndex(scanner: Scanner): Step {
  if (scanner.next === '"') return scanner.quoted();
  if (scanner.takes('*')) return '*';
  const digits = scanner.takeWhile(/\d/);
  if (digits === '' || digits.length > 9) throw scanner.fault();
  return Number(digits);
}

/** None when there is no such property. */
function valuesAt(document: Document, steps: readonly Step[]): readonly unknown[] {
  let values: readonly unknown[] = [document];
  for (const step of steps) {
    values = values.flatMap((value): readonly unknown[] => {
      if (Array.isArray(value))
        return step === '*' ? value : typeof step === 'number' && step < value.length ? [value[step]] : [];
      if (typeof value !== 'object' || value === null || typeof step !== 'string') return [];
      return Object.hasOwn(value, step) ? [(value as Document)[step]] : [];
    });
  }
  return values;
}

/** Undefined for what is no JSON object. */
function parse(message: string): Document | undefined {
  if (!/^\s*\{/.test(message)) return undefined;
  try {
    return JSON.parse(message) as Document;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
