export * from './aws/body.ts';
export * from './aws/codec/index.ts';
export * from './aws/definition.ts';
export * from './checksums/index.ts';
export * from './policy/index.ts';
export * from './service.ts';
