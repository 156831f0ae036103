import { resolve, sep } from 'node:path';
import ts from 'typescript';

/** Where a key of the schema is written: its property in src/config. */
type Declaration = ts.Node;

/**
 * Which keys of the settings the code of the product reads, found with the compiler: a property access, a destructuring
 * or a key of a section that is handed over whole counts if it leads to the key's place in the schema. A section handed
 * over whole counts for those keys only that the receiver's own type has and somebody reads there.
 */
export class SettingsUsage {
  readonly #checker: ts.TypeChecker;
  /** Everything any code reads, by the place where the property is declared. */
  readonly #read = new Set<Declaration>();
  /** Properties that reach a property of another type: `settings.database` given as DatabaseOptions. */
  readonly #handedOn = new Map<Declaration, Set<Declaration>>();
  /** Types that were already compared. */
  readonly #pairs = new Map<ts.Type, Set<ts.Type>>();

  constructor(top: string) {
    const { config } = ts.readConfigFile(resolve(top, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: unknown;
    };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, top);
    const tests = resolve(top, 'test') + sep;
    const product = fileNames.filter((name) => !resolve(name).startsWith(tests));
    const program = ts.createProgram(product, { ...options, noEmit: true, incremental: false });
    this.#checker = program.getTypeChecker();
    const own = resolve(top, 'src', 'config') + sep;
    for (const file of program.getSourceFiles()) {
      if (product.includes(file.fileName) && !resolve(file.fileName).startsWith(own)) this.#visit(file);
    }
    this.#settings = this.#settingsType(program, resolve(top, 'src', 'config', 'settings.ts'));
  }

  readonly #settings: ts.Type;

  /** Is the key at this path (list entries as `[]`) read anywhere? */
  isUsed(path: readonly string[]): boolean {
    const declarations = this.#declarationsAt(path);
    if (declarations.length === 0) throw new Error(`the settings have no ${path.join('.')}`);
    return declarations.some((place) => this.#isRead(place, new Set()));
  }

  #isRead(place: Declaration, seen: Set<Declaration>): boolean {
    if (this.#read.has(place)) return true;
    seen.add(place);
    return [...(this.#handedOn.get(place) ?? [])].some((next) => !seen.has(next) && this.#isRead(next, seen));
  }

  #settingsType(program: ts.Program, file: string): ts.Type {
    const source = program.getSourceFile(file);
    const alias = source?.statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === 'Settings');
    if (alias === undefined) throw new Error('no type Settings in src/config/settings.ts');
    return this.#checker.getTypeAtLocation(alias);
  }

  #declarationsAt(path: readonly string[]): readonly Declaration[] {
    let type = this.#settings;
    let declarations: readonly Declaration[] = [];
    for (const name of path) {
      const property = this.#checker.getPropertyOfType(entryOf(type, this.#checker), name);
      if (property === undefined) return [];
      declarations = property.declarations ?? [];
      type = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(property));
    }
    return declarations;
  }

  #visit(node: ts.Node): void {
    if (ts.isPropertyAccessExpression(node)) this.#note(this.#checker.getSymbolAtLocation(node.name));
    if (ts.isElementAccessExpression(node)) this.#noteComputed(node);
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) this.#noteBinding(node);
    if (ts.isExpression(node)) this.#noteHandover(node);
    ts.forEachChild(node, (child) => {
      this.#visit(child);
    });
  }

  #noteBinding(node: ts.BindingElement): void {
    const name = node.propertyName ?? node.name;
    if (!ts.isIdentifier(name) || node.dotDotDotToken !== undefined) return;
    this.#note(this.#checker.getPropertyOfType(this.#checker.getTypeAtLocation(node.parent), name.text));
  }

  /** `percent[state]` reads every property that the type of `state` can name. */
  #noteComputed({ expression, argumentExpression }: ts.ElementAccessExpression): void {
    const index = this.#checker.getTypeAtLocation(argumentExpression);
    const object = this.#checker.getTypeAtLocation(expression);
    for (const name of index.isUnion() ? index.types : [index]) {
      if (name.isStringLiteral()) this.#note(this.#checker.getPropertyOfType(object, name.value));
    }
  }

  #note(symbol: ts.Symbol | undefined): void {
    for (const declaration of symbol?.declarations ?? []) this.#read.add(declaration);
  }

  /** An expression whose own type and expected type are different object types: properties correspond by name. */
  #noteHandover(node: ts.Expression): void {
    const expected = this.#checker.getContextualType(node);
    if (expected === undefined) return;
    this.#correspond(this.#checker.getTypeAtLocation(node), expected, 0);
  }

  #correspond(from: ts.Type, to: ts.Type, depth: number): void {
    const [given, wanted] = [entryOf(from, this.#checker), entryOf(to, this.#checker)];
    if (given === wanted || depth > MOST_DEPTH || !isPlainObject(given) || this.#isKnownPair(given, wanted)) return;
    for (const property of given.getProperties()) {
      const counterpart = wanted.getProperty(property.name);
      if (counterpart === undefined) continue;
      this.#handOn(property, counterpart);
      const [type, next] = [property, counterpart].map((symbol) => this.#checker.getTypeOfSymbol(symbol));
      if (type !== undefined && next !== undefined) this.#correspond(type, next, depth + 1);
    }
  }

  #isKnownPair(given: ts.Type, wanted: ts.Type): boolean {
    const known = this.#pairs.get(given) ?? new Set();
    const isKnown = known.has(wanted);
    this.#pairs.set(given, known.add(wanted));
    return isKnown;
  }

  #handOn(from: ts.Symbol, to: ts.Symbol): void {
    for (const place of from.declarations ?? []) {
      const reached = this.#handedOn.get(place) ?? new Set();
      for (const declaration of to.declarations ?? []) reached.add(declaration);
      this.#handedOn.set(place, reached);
    }
  }
}

/** How deep a section lies in what is handed over: an options object, a list in it, its entries. */
const MOST_DEPTH = 3;

/** No class, no built-in: something settings may be part of. */
const isPlainObject = (type: ts.Type): boolean =>
  (type.flags & ts.TypeFlags.Object) !== 0 && !type.isClass() && type.getCallSignatures().length === 0;

/** The type of the entries of a list, or the type itself; null and undefined left out. */
function entryOf(type: ts.Type, checker: ts.TypeChecker): ts.Type {
  const present = checker.getNonNullableType(type);
  const index = checker.isArrayType(present) ? checker.getIndexTypeOfType(present, ts.IndexKind.Number) : undefined;
  return index ?? present;
}
