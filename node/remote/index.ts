/** The ports of a node across a socket, for a gateway and a node in two processes of one machine. */
export { connectNode, connectOver, type RemoteNode } from './client.ts';
export { remoteLimits } from './limits.ts';
export { type NodeAddress, type NodeServer, type RemoteModules, serveNode } from './server.ts';
export { serveConnection } from './server-connection.ts';
