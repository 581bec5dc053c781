/** The container's files name what the gateway has: its settings, and the ports of its services. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingInfos } from '../config/schema.ts';

const read = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8');
const { services } = parse(await read('docker-compose.yml')) as {
  readonly services: {
    readonly gateway: {
      readonly ports: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    };
  };
};
const { ports, environment } = services.gateway;
const dockerfile = await read('Dockerfile');
const defaultOf = (name: string) => settingInfos.find((info) => info.name === name)!.defaultText;

test('docker-compose.yml hands on settings that exist, under their own names', () => {
  const known = settingInfos.map(({ variable }) => variable);
  for (const [name, value] of Object.entries(environment)) {
    expect(known).toContain(name);
    expect(value).toMatch(new RegExp(`^\\$\\{${name}:-[a-z]*\\}$`));
  }
  expect(Object.keys(environment)).toContain('HYPERGATE_REDIS_PASSWORD');
});

test('every port of a service that works is exposed, and published on loopback alone', () => {
  const wanted = ['port', 'adminPort', 'redisPort'].map(defaultOf);
  expect(/^EXPOSE (.*)$/m.exec(dockerfile)![1]!.split(' ')).toEqual(wanted);
  expect(ports.map((text) => text.replace(/\$\{\w+:-(\d+)\}/, '$1'))).toEqual(
    wanted.map((port) => `127.0.0.1:${port}:${port}`),
  );
});

test('the image sets nothing that is no setting', () => {
  const set = [...dockerfile.matchAll(/\b(HYPERGATE_\w+)=/g)].map(([, name]) => name);
  expect(set.length).toBeGreaterThan(0);
  for (const name of set) expect(settingInfos.map(({ variable }) => variable)).toContain(name);
});
