// A vitest reporter: every skipped test with its reason, and the counts of the run as one line, such as
// "120 passed, 0 failed, 3 skipped", in the file that TINYBPF_TEST_SUMMARY names.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { env } from "node:process";

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");

    // A file that does not import or a hook that throws fails the run without failing a test.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0);
    const failed = inState("failed").length + brokenSuites.length + unhandledErrors.length;

    const line = `${inState("passed").length} passed, ${failed} failed, ${skipped.length} skipped`;
    for (const test of skipped) {
      // A suite that is skipped as a whole has its reason in its name.
      const { note } = test.result();
      console.log(`skipped: ${test.module.relativeModuleId}: ${test.fullName}${note ? `: ${note}` : ""}`);
    }
    if (env.TINYBPF_TEST_SUMMARY) {
      mkdirSync(dirname(env.TINYBPF_TEST_SUMMARY), { recursive: true });
      writeFileSync(env.TINYBPF_TEST_SUMMARY, `${line}\n`);
    }
  }
}
