"""The published figures that every table prints beside ours."""

from dataclasses import dataclass

SOURCE = (
    '"Advancements in Image Classification: Comparing Spiking, Convolutional, and '
    'Artificial Neural Networks", Tables I and II (RTX 3060 Ti, 8 GB)'
)

TEST_SAMPLES = 10_000  # of every data set


@dataclass(frozen=True)
class PublishedTraining:
    """A row of Table I: training and validation.

    Attributes
    ----------
    train_accuracy_pct, val_accuracy_pct : float
        The highest of all epochs.
    best_epoch : int
        The epoch with the highest validation accuracy, from 1.
    epoch_s : float
        Seconds an epoch, training and validation together.
    memory_pct, power_w : float
        Memory in use, in % of the graphics card, and its power.
    """

    train_accuracy_pct: float
    val_accuracy_pct: float
    best_epoch: int
    epoch_s: float
    memory_pct: float
    power_w: float

    @property
    def epoch_energy_j(self) -> float:
        """Energy of an epoch: the paper prints power and time, not energy."""
        return self.power_w * self.epoch_s


@dataclass(frozen=True)
class PublishedTest:
    """A row of Table II: the test set, run once."""

    accuracy_pct: float
    test_s: float
    memory_pct: float
    power_w: float
    recall: float
    f1: float

    @property
    def inference_energy_j(self) -> float:
        """Energy of one test sample: the paper prints power and time, not energy."""
        return self.power_w * self.test_s / TEST_SAMPLES


@dataclass(frozen=True)
class Published:
    """What the paper reports of one network, and for how many epochs it trained."""

    epochs: int
    training: PublishedTraining
    test: PublishedTest


# Training (with validation) and test samples of each data set.
SAMPLES = {
    "mnist": (60_000, TEST_SAMPLES),
    "cifar10": (50_000, TEST_SAMPLES),
    "nmnist": (60_000, TEST_SAMPLES),
}

PUBLISHED = {
    "exp1_ann": Published(
        20,
        PublishedTraining(99.86, 97.84, 20, 9.39, 13.6, 16.2),
        PublishedTest(97.81, 1.33, 12.9, 41.8, 0.978, 0.977),
    ),
    "exp1_snn": Published(
        20,
        PublishedTraining(99.93, 98.25, 13, 26.38, 13.6, 21.1),
        PublishedTest(98.05, 3.16, 13.3, 44.4, 0.980, 0.981),
    ),
    "exp2_cnn": Published(
        30,
        PublishedTraining(98.36, 70.05, 7, 6.42, 16.2, 58.5),
        PublishedTest(69.74, 1.11, 16.8, 52.3, 0.698, 0.696),
    ),
    "exp2_snn": Published(
        30,
        PublishedTraining(86.19, 67.73, 30, 81.15, 39.3, 133.2),
        PublishedTest(67.89, 7.93, 17.4, 114.4, 0.679, 0.677),
    ),
    "exp3_snn_mnist": Published(
        10,
        PublishedTraining(98.72, 98.45, 9, 285.87, 50.0, 80.2),
        PublishedTest(98.61, 29.04, 15.8, 46.7, 0.986, 0.986),
    ),
    "exp3_snn_nmnist": Published(
        10,
        PublishedTraining(97.33, 97.44, 10, 583.76, 82.4, 72.7),
        PublishedTest(97.52, 64.24, 29.0, 44.2, 0.975, 0.9765),
    ),
}
# The same networks once more, computed with snnTorch as the paper did.
PUBLISHED |= {
    f"{name}_snntorch": PUBLISHED[name] for name in PUBLISHED if "snn" in name
}
