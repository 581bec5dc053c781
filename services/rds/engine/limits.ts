/** Limits of the engine's part. Times are for a machine under load; each is a last resort, not what is usual. */

/** A server that accepts no connection after this long is given up. Recovery has no such limit: it may have much to replay. */
export const startMsMax = 60_000;
/** Until the standby has everything and the server has ended by itself. */
export const fastStopMsMax = 60_000;
export const immediateStopMsMax = 10_000;
/** Processes that were sent SIGKILL are gone in moments, unless the disk hangs. */
export const killMsMax = 20_000;
/** initdb, and the statements of a new cluster. */
export const commandMsMax = 120_000;
/** A new file of parameters has arrived at the server. */
export const reloadMsMax = 20_000;
export const pollMs = 10;

/** Only a part of the socket's name: no server listens on a network. */
export const enginePort = 5432;
/** `sun_path` of Linux holds 108 bytes with its zero, of macOS 104. */
export const socketPathBytesMax = 103;

export const parametersMax = 400;
export const parameterNameBytesMax = 128;
export const parameterValueBytesMax = 4096;
/** Of a role or database, as PostgreSQL cuts them. */
export const identifierBytesMax = 63;
export const passwordBytesMax = 1024;

/** What is kept of a program's or the server's words for an error's sentence. */
export const keptOutputBytesMax = 64 * 1024;
/** Longer lines of the server are cut. */
export const logLineBytesMax = 2048;
export const markerBytesMax = 4096;

/** Room for the gateway's own connections, whatever the customers' take. */
export const reservedConnections = 10;
export const walSendersMax = 40;
export const replicationSlotsMax = 40;
