import type { ContainerInstance, ServiceIdentifier, Token } from 'typedi';

/** Made once, when first asked for. */
export function bind<T>(container: ContainerInstance, port: Token<T>, make: (get: Get) => T): void {
  container.set({ id: port, factory: () => make((wanted) => container.get(wanted)) });
}
export type Get = <T>(wanted: ServiceIdentifier<T>) => T;
