/** The version of Redis whose behaviour this is, as HELLO and INFO tell it. */
export const redisVersion = '7.2.6';
