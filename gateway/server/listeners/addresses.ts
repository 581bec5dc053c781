/** Addresses: which are loopback, and which are listened on for a configured host. */
import { isIPv4, isIPv6 } from 'node:net';

/** 127.0.0.0/8, ::1, their mapped form and `localhost`. A name other than localhost may lead anywhere, so it is not. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return isIPv6(host) && /^(?:::1|(?:0{1,4}:){7}0{0,3}1|::ffff:127\.\d+\.\d+\.\d+)$/i.test(host);
}

/** The default loopback address brings the other family with it: `localhost` leads to either on different machines. */
export function listenAddresses(host: string): readonly [string, ...string[]] {
  if (host === '127.0.0.1' || host === 'localhost') return ['127.0.0.1', '::1'];
  if (host === '::1') return ['::1', '127.0.0.1'];
  return [host];
}

/** What a client on this machine uses: an unspecified address is reached by loopback. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
