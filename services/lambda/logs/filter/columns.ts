/** `[ip, user, ..., status = 4*, bytes > 100]`: conditions on the columns of events that spaces part. */
import { logLimits } from '../limits.ts';
import { type Comparison, readComparison, readOperator } from './comparison.ts';
import { type Budget, readLogic, type Test, tooComplex } from './logic.ts';
import { noExpressions, Scanner } from './scanner.ts';

type Column = Test<string>;

/** @param text from the opening bracket on @throws AwsError */
export function readColumnPattern(text: string): Test<string> {
  const scanner = new Scanner(text);
  if (!scanner.takes('[')) throw scanner.fault();
  const budget: Budget = { conditions: 0 };
  const before: Column[] = [];
  const after: Column[] = [];
  let hasEllipsis = false;
  do {
    if (scanner.takes('...')) {
      if (hasEllipsis) throw scanner.fault();
      hasEllipsis = true;
    } else (hasEllipsis ? after : before).push(readColumn(scanner, budget));
    if (before.length + after.length > logLimits.patternColumnsMax) throw tooComplex();
  } while (scanner.takes(','));
  if (!scanner.takes(']')) throw scanner.fault();
  scanner.skipSpaces();
  if (!scanner.done) throw scanner.fault();
  return (message) => {
    const columns = split(message);
    const named = before.length + after.length;
    if (hasEllipsis ? columns.length < named : columns.length !== named) return false;
    const tail = columns.length - after.length;
    return before.every((test, i) => test(columns[i]!)) && after.every((test, i) => test(columns[tail + i]!));
  };
}

/** A name, or conditions on it: each names it again, and that is all the name is for. */
function readColumn(scanner: Scanner, budget: Budget): Column {
  return readLogic<string>(scanner, budget, () => {
    scanner.skipSpaces();
    if (scanner.next === '%') throw noExpressions();
    if (scanner.takeWhile(/[\w.-]/) === '') throw scanner.fault();
    const operator = readOperator(scanner);
    if (operator === undefined) return () => true;
    const compare: Comparison = readComparison(scanner, operator);
    return (value) => compare(value);
  });
}

/** What stands in brackets or in quotes is one column, without these. */
function split(message: string): string[] {
  const columns: string[] = [];
  const scanner = new Scanner(message);
  for (scanner.skipSpaces(); !scanner.done; scanner.skipSpaces()) {
    const close = scanner.next === '[' ? ']' : scanner.next === '"' ? '"' : undefined;
    const end = close === undefined ? -1 : message.indexOf(close, scanner.at + 1);
    if (end < 0) columns.push(scanner.takeWhile(/\S/));
    else {
      columns.push(message.slice(scanner.at + 1, end));
      scanner.at = end + 1;
    }
  }
  return columns;
}
