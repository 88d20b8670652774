"""The bar that `ondine.progress()` draws."""

# Longer labels would leave no room for the bar.
WIDEST = 40


class Bar:
    """A line of tqdm's, which begins anew with every evaluation."""

    def __init__(self):
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            remedy = "pip install tqdm, or give a function of done, total and label"
            raise ImportError(f"progress: tqdm, which draws the bar, is not there; {remedy}", name="tqdm") from error
        self.draw, self.bar = tqdm, None

    def __call__(self, done, total, label):
        if self.bar is None:
            form = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}] {desc}"
            self.bar = self.draw(total=total, bar_format=form)
        elif done == 0:
            self.bar.reset(total)
        self.bar.n, self.bar.total = done, total
        # Drawn each time: the step that begins may be the long one.
        self.bar.set_description_str(label if len(label) <= WIDEST else label[: WIDEST - 1] + "…")

    def close(self):
        if self.bar is not None:
            self.bar.close()
