"""The guards that a batch of texts is held to besides; those of rows, drift, tails and repeats are for all."""

from outcross.assets.corpus.guards.guard import RENEW, Guard, Level

TEXTS = (
    Guard(
        name="empty_texts",
        level=Level.BATCH,
        metrics=("empty_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="a text without a word is usually a failed export, or an answer that never came",
        remedy="leave the rows out, or ask for them again",
    ),
    Guard(
        name="text_length",
        level=Level.BATCH,
        metrics=("kolmogorov_smirnov",),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the texts would have to change their length to restore its distribution; texts that were "
        "cut or joined, and another source, show here first",
        remedy="check how texts were cut, joined or filtered",
    ),
    Guard(
        name="language",
        level=Level.BATCH,
        metrics=("script_share_change", "strange_share"),
        unit="share of rows",
        upper=0.05,
        reason="one text in twenty is in a script, or spelled in a way, that the anchor's texts are not: another "
        "language, a broken encoding, or noise",
        remedy=f"leave the rows out, mend their encoding, or renew the anchor: {RENEW}",
    ),
    Guard(
        name="vocabulary",
        level=Level.BATCH,
        metrics=("total_variation",),
        unit="largest difference of a probability",
        upper=0.1,
        reason="a tenth of the words would have to change to restore their frequencies",
        remedy=f"find what changed at the source; if its subjects changed, renew the anchor: {RENEW}",
    ),
    Guard(
        name="perplexity",
        level=Level.BATCH,
        metrics=("surprisal_ratio",),
        unit="surprisal of a word under a model of the anchor ÷ that of other real rows",
        lower=0.9,
        upper=1.1,
        reason="generated texts are more predictable than real ones, noise and other subjects less",
        remedy="ask the source whether a model wrote or edited the texts, and declare it; else renew the anchor: "
        f"{RENEW}",
    ),
    Guard(
        name="diversity",
        level=Level.BATCH,
        metrics=("distinct_pair_ratio",),
        unit="different word pairs ÷ those of as many real rows",
        lower=0.9,
        reason="one word pair in ten that real rows would have is missing: diversity is what collapses first",
        remedy="raise the generator's temperature, or add real rows",
    ),
    Guard(
        name="repetition",
        level=Level.BATCH,
        metrics=("repeated_share_change",),
        unit="share of the word pairs of a row that it repeats − the anchor's",
        upper=0.05,
        reason="generated texts run in circles (Holtzman et al. 2020, arXiv 1904.09751)",
        remedy="leave the texts out that repeat themselves, or sample them anew",
    ),
    Guard(
        name="boilerplate",
        level=Level.BATCH,
        metrics=("shared_run_share",),
        unit="share of rows − the anchor's",
        upper=0.1,
        reason="one text in ten has the same run of five words, which the anchor's have not: a refusal, a notice, "
        "a template",
        remedy="strip the boilerplate, or leave these rows out",
    ),
    Guard(
        name="personal_data",
        level=Level.BATCH,
        metrics=("personal_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="one text in a hundred more than in the anchor has an e-mail address, a telephone, card or account "
        "number",
        remedy="mask them at the source, or leave these rows out",
    ),
)
