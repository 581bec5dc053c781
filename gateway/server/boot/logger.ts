/** JSON lines on standard error; standard output belongs to the banner. */
import { type Logger, pino } from 'pino';

export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      // A second fence: nothing logs requests' headers or accounts, and should something do, these stay out.
      redact: {
        paths: ['*.authorization', '*.secretAccessKey', '*.headers', 'secretAccessKey'],
        remove: true,
      },
    },
    // Synchronous: the line about a fatal error must be out before the process ends.
    pino.destination({ dest: 2, sync: true }),
  );
}
