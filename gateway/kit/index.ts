export * from './aws/body.ts';
export * from './aws/codec/index.ts';
export * from './aws/definition.ts';
export * from './service.ts';
