/**
 * `failures.mjs REPORT LOG CODE`: a line for everything that failed in a run of vitest - a test and its first line, a file that could not
 * be run, and, where the report names nothing though the run ended badly, what the log says of errors that nobody handled.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const lineLength = 300;
const [reportPath, logPath, code] = process.argv.slice(2);
const lines = [...failuresOf(reportPath), ...strayErrors(logPath)];
if (lines.length === 0 && code !== '0')
  lines.push(`ended with exit code ${code}, and nothing failed by name`);
for (const line of lines) console.log(line.slice(0, lineLength));

function* failuresOf(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    yield `no report: ${firstLine(error.message)}`;
    return;
  }
  for (const file of report.testResults.filter(({ status }) => status === 'failed')) {
    const name = relative(process.cwd(), file.name);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { ancestorTitles, title, failureMessages } of failed)
      yield [name, ...ancestorTitles.filter(Boolean), title].join(' > ') +
        `: ${firstLine(failureMessages[0])}`;
    // Hooks of the file and its imports fail without a test, also where all tests passed.
    if (failed.length === 0 || file.message !== '') yield `${name}: ${firstLine(file.message)}`;
  }
}

/** Errors that nobody handled: vitest tells of them in its output alone. */
function strayErrors(path) {
  const text = stripVTControlCharacters(readFileSync(path, 'utf8'));
  const all = text.split('\n');
  // What a process that the runtime itself ended says of it.
  const fatal = all.filter((line) =>
    /^(FATAL ERROR|# (Fatal|Check failed)|.*Assertion .* failed)/.test(line),
  );
  const at = all.findIndex((line) => line.includes('Unhandled Error'));
  const told = at < 0 ? [] : all.slice(at);
  const words = /^(Caused by: |[A-Z]\w*: |This error originated|The last test)/;
  return [...fatal, ...told.filter((line) => words.test(line))].slice(0, 20);
}

function firstLine(message) {
  return (
    stripVTControlCharacters(message ?? '')
      .split('\n')
      .find((line) => line.trim() !== '') ?? 'without a message'
  );
}
