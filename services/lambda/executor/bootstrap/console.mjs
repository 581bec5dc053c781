/**
 * console in Lambda's formats: "time\trequest\tLEVEL\tmessage", or a JSON document per call. A call is one line of stdout, whatever it says: line
 * feeds in it become carriage returns, which whoever reads turns back. Writes are synchronous, so what was said before a crash is kept.
 */
import { format } from 'node:util';
import { describeError } from './errors.mjs';
import { writeAll } from './write.mjs';

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
/** @param {{ requestId: string | undefined }} current @param {{ isJson: boolean, level: string }} options */
export function patchConsole(current, { isJson, level }) {
  const least = isJson ? Math.max(0, levels.indexOf(level)) : 0;
  const say =
    (name) =>
    (...values) => {
      if (levels.indexOf(name) < least) return;
      const time = new Date().toISOString();
      const text = isJson
        ? asJson(time, name, current.requestId, values)
        : `${time}\t${current.requestId}\t${name}\t${format(...values)}`;
      writeAll(1, Buffer.from(`${text.replaceAll('\n', '\r')}\n`));
    };
  console.log = say('INFO');
  console.info = say('INFO');
  console.debug = say('DEBUG');
  console.warn = say('WARN');
  console.error = say('ERROR');
  console.trace = say('TRACE');
  console.fatal = say('FATAL');
}

function asJson(timestamp, level, requestId, values) {
  const document = { timestamp, level, requestId };
  const error = values.find((value) => value instanceof Error);
  if (error) {
    const { errorType, errorMessage, trace } = describeError(error);
    Object.assign(document, { errorType, errorMessage, stackTrace: trace.slice(1) });
  }
  const message = values.length === 1 && !error ? values[0] : format(...values);
  try {
    return JSON.stringify({ ...document, message });
  } catch {
    return JSON.stringify({ ...document, message: format(...values) });
  }
}
