/** Operations on words of a circuit that is being made. All take the builder first where they make gates. */
export * from './add.ts';
export * from './columns.ts';
export * from './compare.ts';
export * from './divide.ts';
export * from './logic.ts';
export * from './multiply.ts';
export * from './saturate.ts';
export * from './shape.ts';
export * from './shift.ts';
