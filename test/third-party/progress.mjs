// How far a stage is: on a terminal one line that is written again, else a line now and then.

const EVERY = 100;

export class Progress {
  #done = 0;

  constructor(what, total) {
    this.what = what;
    this.total = total;
  }

  step() {
    this.#done++;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${this.#line()}`);
    else if (this.#done % EVERY === 0 && this.#done < this.total) console.log(this.#line());
  }

  end() {
    console.log(process.stdout.isTTY ? `\r\u001b[K${this.#line()}` : this.#line());
  }

  #line() {
    return `${this.what} ${this.#done} of ${this.total}`;
  }
}
