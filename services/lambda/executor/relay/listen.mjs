/**
 * Runs inside a function's network namespace for a moment: listens where functions look for AWS, hands the listening socket to the gateway,
 * which accepts from then on, and ends. A socket belongs to the namespace it was made in, whoever holds it, so nothing needs to pass bytes on.
 */
import { createServer } from 'node:net';

const server = createServer();
server.listen(Number(process.argv[2]), '127.0.0.1', 128, () => {
  process.send('listening', server, {}, () => {
    server.close();
    process.disconnect();
  });
});
