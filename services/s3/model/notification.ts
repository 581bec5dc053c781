/** The document with a bucket's event notifications. Format v1: rules in order; prefix and suffix with a byte for their presence. */
import { destinationKinds, type NotificationRule, type Notifications } from '../engine/notification.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';
import type { DocumentKind } from './bucket-document.ts';

const version = 1;

export const notificationsDocument: DocumentKind<Notifications> = {
  name: 'notifications',
  encode(rules) {
    const out = new BinaryWriter(64 + rules.length * 256);
    out.u8(version);
    out.varint(rules.length);
    for (const rule of rules) writeRule(out, rule);
    return out.take();
  },
  decode(content) {
    const input = new BinaryReader(content);
    if (input.u8() !== version) throw new CorruptRow('the version of a bucket document is unknown');
    const rules: NotificationRule[] = [];
    const count = input.varint();
    for (let i = 0; i < count; i += 1) rules.push(readRule(input));
    input.end();
    return rules;
  },
};

function writeRule(out: BinaryWriter, rule: NotificationRule): void {
  out.text(rule.id);
  out.u8(destinationKinds.indexOf(rule.destination));
  out.text(rule.arn);
  out.varint(rule.events.length);
  for (const event of rule.events) out.text(event);
  writeOptional(out, rule.prefix);
  writeOptional(out, rule.suffix);
}

function readRule(input: BinaryReader): NotificationRule {
  const id = input.text();
  const destination = destinationKinds[input.u8()];
  if (destination === undefined) throw new CorruptRow('the kind of a destination is unknown');
  const arn = input.text();
  const events: string[] = [];
  const count = input.varint();
  for (let i = 0; i < count; i += 1) events.push(input.text());
  return { id, destination, arn, events, prefix: readOptional(input), suffix: readOptional(input) };
}

function writeOptional(out: BinaryWriter, text: string | undefined): void {
  out.u8(text === undefined ? 0 : 1);
  if (text !== undefined) out.text(text);
}

function readOptional(input: BinaryReader): string | undefined {
  const present = input.u8();
  if (present > 1) throw new CorruptRow('the presence of a text is unknown');
  return present === 1 ? input.text() : undefined;
}
