// What tests import as "vitest" inside a machine: vitest's own runner and assertions without its server, which takes
// a bundler for each architecture and a minute to start in emulation.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import * as chai from "chai";

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFailed,
  onTestFinished,
  suite,
  test,
} from "@vitest/runner";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT] ?? {});
globalThis[GLOBAL_EXPECT] = expect;
setState(
  {
    assertionCalls: 0,
    isExpectingAssertions: false,
    isExpectingAssertionsError: null,
    expectedAssertionsNumber: null,
    expectedAssertionsNumberErrorGen: null,
  },
  expect,
);
expect.extend = (matchers) => chai.expect.extend(expect, matchers);
expect.extend(customMatchers);

/** Asks again until the assertion holds, as vitest's own does. */
expect.poll = (get, { interval = 50, timeout = 1000 } = {}) => {
  const again =
    (assert) =>
    async (...args) => {
      const end = performance.now() + timeout * 5;
      for (;;) {
        try {
          return assert(chai.expect(await get()))(...args);
        } catch (error) {
          if (performance.now() > end) throw error;
        }
        await new Promise((done) => setTimeout(done, interval));
      }
    };
  const proxy = (pick) =>
    new Proxy(
      {},
      {
        get: (_, name) =>
          name === "not"
            ? proxy((assertion) => pick(assertion).not)
            : again(
                (assertion) =>
                  (...args) =>
                    pick(assertion)[name](...args),
              ),
      },
    );
  return proxy((assertion) => assertion);
};

export const vi = {
  setConfig(config) {
    Object.assign(globalThis.tinybpfRunner.config, config);
  },
};
