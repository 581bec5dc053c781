/** What INFO, HELLO and LOLWUT say. */

/** Version of Redis whose behaviour this is; clients and tools decide by it what they may use. */
export const redisVersion = '7.2.4';
export const hypergateVersion = '0.1.0';
