/** All connections of the process: from a handle to a session at an engine, or to a FATAL. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { InstanceId } from '../instance/api.ts';
import { Breach, byteString, Fatal, fatals } from '../wire/errors.ts';
import { errorResponse, negotiation } from '../wire/messages.ts';
import { asksReplication, type FirstPacket, type Startup } from '../wire/startup.ts';
import { authenticate } from './authenticate.ts';
import { cancel } from './cancel.ts';
import { CancelKeys } from './cancel-keys.ts';
import type { FromProxy, ProxyOptions, Route } from './channel.ts';
import { serverEndPoint } from './channel-binding.ts';
import { ClientSocket } from './client-socket.ts';
import { enterEngine } from './enter-engine.ts';
import { readFirstPacket } from './first-packet.ts';
import { InstanceLink } from './instance-link.ts';
import { proxyLimits } from './limits.ts';
import { Lobby } from './lobby.ts';
import { Questions, Refused } from './questions.ts';
import { Relay } from './relay.ts';

const administrator = 'rdsadmin';

export class ProxyHost {
  readonly questions: Questions;
  private readonly send: (message: FromProxy) => void;
  private readonly options: ProxyOptions;
  private readonly secureContext: SecureContext;
  private readonly channelBinding: Buffer | undefined;
  private readonly links = new Map<InstanceId, InstanceLink>();
  private readonly lobby = new Lobby();
  private readonly keys = new CancelKeys();
  private readonly usage: ReturnType<typeof setInterval>;

  constructor(options: ProxyOptions, send: (message: FromProxy) => void) {
    this.options = options;
    this.send = send;
    this.questions = new Questions(send);
    this.secureContext = createSecureContext({ ...options.tls, minVersion: 'TLSv1.2' });
    this.channelBinding = serverEndPoint(options.tls.cert);
    this.usage = setInterval(() => this.reportUsage(), proxyLimits.usageMs);
  }

  setRoute(route: Route): void {
    const link = this.links.get(route.instance);
    if (link?.isSameEngine(route) === true) link.route = route;
    else {
      link?.close('the engine was replaced');
      this.links.set(route.instance, new InstanceLink(route));
    }
  }

  removeRoute(instance: InstanceId, reason: string): void {
    this.links.get(instance)?.close(reason);
    this.links.delete(instance);
  }

  close(): void {
    clearInterval(this.usage);
    this.lobby.close();
    for (const instance of [...this.links.keys()]) this.removeRoute(instance, 'the gateway stops');
  }

  /** @param instance of the port; without one the client's server name chooses */
  async accept(handle: unknown, instance: InstanceId | undefined): Promise<void> {
    const client = new ClientSocket(handle);
    if (!this.lobby.enter(client)) {
      client.close(errorResponse(fatals.tooMany()));
      return;
    }
    try {
      const first = await readFirstPacket(client, this.secureContext);
      if (first.kind === 'startup') await this.serve(client, first, instance);
      else await this.cancel(client, first, instance);
    } catch (error) {
      this.refuse(client, error);
    } finally {
      this.lobby.leave(client);
    }
  }

  private async serve(
    client: ClientSocket,
    startup: Startup,
    instance: InstanceId | undefined,
  ): Promise<void> {
    const negotiated = negotiation(startup);
    if (negotiated !== undefined) client.write(negotiated);
    this.checkEntry(client, startup);
    const link = await this.linkOf(client, instance);
    await authenticate(client, link, startup, {
      secret: this.options.secret,
      channelBinding: this.channelBinding,
      verifyToken: async (use) => (await this.questions.ask({ kind: 'token', use })) === true,
    });
    if (link.isClosed) throw fatals.adminShutdown('the engine stops');
    if (link.guests.size >= link.route.connectionsMax) throw fatals.tooMany();
    await this.letIn(client, link, startup);
  }

  private async letIn(client: ClientSocket, link: InstanceLink, startup: Startup): Promise<void> {
    // Has its place from here on, so that not more come in than may.
    const arriving = { cut: () => client.destroy() };
    link.guests.add(arriving);
    try {
      const { engine, watch, forgetKey } = await enterEngine(client, link, startup, this.keys);
      const relay: Relay = new Relay({
        client,
        engine,
        link,
        watch,
        certified: () => this.certified(link),
        ended: () => {
          link.guests.delete(relay);
          forgetKey();
        },
      });
      link.guests.add(relay);
      relay.start();
    } finally {
      link.guests.delete(arriving);
    }
  }

  private checkEntry(client: ClientSocket, startup: Startup): void {
    const { user, database } = startup;
    if (asksReplication(startup)) throw fatals.replicationRejected(client.address, user, client.isEncrypted);
    if (user === administrator) throw fatals.rejected(client.address, user, database, client.isEncrypted);
  }

  private async linkOf(client: ClientSocket, port: InstanceId | undefined): Promise<InstanceLink> {
    const { serverName } = client;
    const instance = port ?? (await this.questions.ask({ kind: 'find', serverName }));
    if (typeof instance !== 'string') throw fatals.cannotConnectNow('no database instance has this name');
    const link = this.links.get(instance);
    if (link !== undefined) return link;
    this.lobby.allow(client, proxyLimits.wakeMs);
    await this.questions.ask({ kind: 'wake', instance });
    this.lobby.allow(client);
    const woken = this.links.get(instance);
    if (woken === undefined) throw fatals.cannotConnectNow('the database system is shutting down');
    return woken;
  }

  private async cancel(
    client: ClientSocket,
    first: FirstPacket & { readonly kind: 'cancel' },
    instance: InstanceId | undefined,
  ): Promise<void> {
    const target = this.keys.find(first.pid, first.key);
    if (target !== undefined && (instance === undefined || target.link.route.instance === instance)) {
      await cancel(target);
    }
    client.close();
  }

  private async certified(link: InstanceLink): Promise<void> {
    const lsn = await link.admin.flushedLsn();
    await this.questions.ask({ kind: 'certified', instance: link.route.instance, lsn });
  }

  private refuse(client: ClientSocket, error: unknown): void {
    if (error instanceof Fatal) client.close(errorResponse(error));
    else if (error instanceof Refused)
      client.close(errorResponse(fatals.cannotConnectNow(byteString(error.message))));
    else if (error instanceof Breach) client.abandon();
    else {
      this.send({ kind: 'log', text: `a login failed: ${error instanceof Error ? error.stack : ''}` });
      client.close(errorResponse(new Fatal('XX000', 'the login could not be finished; try again')));
    }
  }

  private reportUsage(): void {
    for (const link of this.links.values()) {
      const connections = link.guests.size;
      if (!link.isActive && connections === link.reported) continue;
      link.isActive = false;
      link.reported = connections;
      const { instance } = link.route;
      this.send({ kind: 'usage', instance, connections, activeMs: Date.now() });
    }
  }
}
