/**
 * Runs inside a function's network namespace for a moment: listens where functions look for the gateway, hands the listening sockets to it,
 * which accepts from then on, and ends. A socket belongs to the namespace it was made in, whoever holds it, so nothing needs to pass bytes on.
 */
import { createServer } from 'node:net';

// A gateway that is killed takes no socket any more, and while one is on its way Node.js does not tell that the channel ended.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent || !process.connected) process.exit();
}, 200).unref();
// Nor of one that was killed before this began.
setTimeout(() => process.exit(), Number(process.argv[2])).unref();
const ports = process.argv.slice(3).map(Number);
let left = ports.length;
const done = () => {
  left -= 1;
  if (left === 0) process.disconnect();
};
for (const port of ports) {
  const server = createServer();
  server.once('error', done);
  server.listen(port, '127.0.0.1', 128, () => {
    process.send({ port }, server, {}, () => {
      server.close();
      done();
    });
  });
}
