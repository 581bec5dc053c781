/** Listeners of protocols that have a port of their own. A default port that is busy moves on; one the user set does not. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ListenerSpec, Service } from '@hypergate/kit';
import type { Logger } from 'pino';
import type { LoadedSettings } from '../config/load.ts';
import { type SettingName, settingInfos } from '../config/schema.ts';
import type { TlsCertificate } from '../tls/certificate.ts';
import { closeAll, openPort } from './ports.ts';

export interface ServiceListeners {
  readonly opened: readonly { readonly name: string; readonly port: number }[];
  /** Connections that are open end when their service has drained. */
  stopAccepting(): void;
  /** Cuts the connections that are left. */
  close(): Promise<void>;
}

export async function openServiceListeners(
  services: readonly Service[],
  settings: LoadedSettings,
  tls: TlsCertificate | undefined,
  logger: Logger,
): Promise<ServiceListeners> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const opened: { name: string; port: number }[] = [];
  let closed: Promise<void> | undefined;
  const stopAccepting = () => {
    closed ??= closeAll(servers);
  };
  const close = async () => {
    stopAccepting();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const accept = (spec: ListenerSpec) => (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    spec.accept(socket, tls !== undefined);
  };
  try {
    for (const spec of services.flatMap((service) => service.listeners)) {
      const { flag, port, mayMove } = portOf(spec, settings);
      const request = { name: spec.name, flag, host: settings.values.host, port, mayMove };
      const result = await openPort(request, () =>
        tls === undefined || spec.handsOver === true
          ? createServer({ pauseOnConnect: spec.handsOver === true || spec.isPaused === true }, accept(spec))
          : createTlsServer({ cert: tls.cert, key: tls.key }, accept(spec)),
      );
      servers.push(...result.servers);
      if (result.moved !== undefined) logger.warn(result.moved);
      opened.push({ name: spec.name, port: result.port });
      spec.opened?.(result.port);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { opened, stopAccepting, close };
}

function portOf(spec: ListenerSpec, { values, sources }: LoadedSettings) {
  const info = settingInfos.find(({ name }) => name === spec.portSetting);
  const port = values[spec.portSetting as SettingName];
  if (info === undefined || typeof port !== 'number') {
    throw new TypeError(`the listener ${spec.name} names ${spec.portSetting}, which is no port setting`);
  }
  return { flag: info.flag, port, mayMove: sources[info.name] === 'default' };
}
