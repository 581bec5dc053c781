import { keepCompiledCode } from '../../compile-cache.mjs';

keepCompiledCode();
await import('./toy-main.ts');
