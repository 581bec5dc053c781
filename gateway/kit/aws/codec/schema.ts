/** Small helpers over schema snapshots. */
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';

export type StructureShape = Shape & { readonly type: 'structure' };

/** @throws when the snapshot has no such shape: it is generated, so that is a broken build */
export function shapeOf(schemas: ServiceSchemas, name: string): Shape {
  const shape = schemas.shapes[name];
  if (shape === undefined) throw new Error(`${schemas.service}: no shape ${name}`);
  return shape;
}

export function structureOf(schemas: ServiceSchemas, name: string): StructureShape {
  const shape = shapeOf(schemas, name);
  if (shape.type !== 'structure') throw new Error(`${schemas.service}: ${name} is not a structure`);
  return shape;
}

export function isUnit(shape: StructureShape): boolean {
  return Object.keys(shape.members).length === 0;
}

/** The member that is the whole body, if any. */
export function payloadMember(
  shape: StructureShape,
): readonly [name: string, member: MemberSchema] | undefined {
  return Object.entries(shape.members).find(([, member]) => member.location === 'payload');
}

/** Members that stand in the body's document because they are bound to nothing else. */
export function documentMembers(shape: StructureShape): ReadonlySet<string> {
  const bound = Object.entries(shape.members).filter(([, member]) => member.location === undefined);
  return new Set(bound.map(([name]) => name));
}

/** Sets an own property whatever its name: `__proto__` from a client must become a plain key. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}
