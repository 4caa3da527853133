"""Networks as scikit-learn estimators: in a Pipeline, in GridSearchCV, in cross_validate, wherever an estimator goes.

And the historical learning rules, which are estimators too.
"""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "classifier": "NetClassifier",
        "regressor": "NetRegressor",
        "dragonet.perceptrons": "Perceptron MulticlassPerceptron Hebb Oja",
    },
)
