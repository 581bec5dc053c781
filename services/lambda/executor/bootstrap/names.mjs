/**
 * Names of hosts as functions look them up. Those below `localhost`, which function URLs have, are this machine's (RFC 6761, section 6.3), though
 * few resolvers know; and where nothing but the gateway can be reached, the error for all others says so.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const isLocal = (name) => /\.localhost\.?$/i.test(String(name));

/** @param {boolean} isAlone whether there is no network but the gateway's */
export function explainNames(isAlone) {
  const { lookup } = dns;
  const { lookup: lookupAsync } = dns.promises;
  const explained = (error) => {
    if (isAlone && (error?.code === 'ENOTFOUND' || error?.code === 'EAI_AGAIN'))
      error.message += ' (a function reaches the gateway and nothing else: use AWS_ENDPOINT_URL)';
    return error;
  };
  const known = (name) => (isLocal(name) ? 'localhost' : name);
  const patched = (name, ...rest) => {
    const done = rest.at(-1);
    if (typeof done !== 'function') return lookup(name, ...rest);
    return lookup(known(name), ...rest.slice(0, -1), (error, ...found) => done(explained(error), ...found));
  };
  // What util.promisify looks at.
  dns.lookup = Object.defineProperties(patched, Object.getOwnPropertyDescriptors(lookup));
  dns.promises.lookup = async (name, ...rest) => {
    try {
      return await lookupAsync(known(name), ...rest);
    } catch (error) {
      throw explained(error);
    }
  };
  syncBuiltinESMExports();
}
