/** Entry of the proxy's process, started by proxy-process.ts. Its channel is all it has: when that is gone, so is the process. */
import type { FromProxy, ProxyOptions, ToProxy } from './channel.ts';
import { ProxyHost } from './proxy-host.ts';

let proxy: ProxyHost | undefined;

function send(message: FromProxy): void {
  // A channel that broke is told by `disconnect`.
  process.send?.(message, undefined, undefined, () => undefined);
}

process.on('message', (message: ToProxy, handle: unknown) => {
  if (message.kind === 'options') {
    become(message.options);
    proxy = new ProxyHost(message.options, send);
    send({ kind: 'ready' });
    return;
  }
  if (proxy === undefined) throw new Error('options come first');
  receive(proxy, message, handle);
});
const exit = () => process.exit(0);
process.on('disconnect', exit);
// A signal to the whole group of processes is the gateway's to answer.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

function receive(
  proxy: ProxyHost,
  message: Exclude<ToProxy, { readonly kind: 'options' }>,
  handle: unknown,
): void {
  switch (message.kind) {
    case 'socket':
      send({ kind: 'arrived', number: message.number });
      // Absent when the client was gone before it came here.
      if (handle !== undefined) void proxy.accept(handle, message.instance);
      return;
    case 'route':
      proxy.setRoute(message.route);
      return;
    case 'unroute':
      proxy.removeRoute(message.instance, message.reason);
      return;
    case 'answer':
      proxy.questions.answered(message.number, message.value);
      return;
    case 'refusal':
      proxy.questions.refused(message.number, message.reason);
      return;
    case 'close':
      proxy.close();
      // What keeps the process alive now is the last words that are on their way to clients.
      process.off('disconnect', exit);
      process.disconnect();
      return;
  }
}

/** Whoever breaks in here shall not be root. */
function become({ identity }: ProxyOptions): void {
  if (identity === undefined || process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(identity.gid);
  process.setuid?.(identity.uid);
}
