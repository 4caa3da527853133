"""What runs beside a training: stopping early, saving, logging, changing the learning rate.

Of Keras's list, RemoteMonitor, OrbaxCheckpoint, SwapEMAWeights and ProgbarLogger are not here: `verbose`
of fit does the last one's work. Evaluate is dragonet's own.
"""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Callback",
        "callback_list": "CallbackList",
        "dragonet.training.history": "History",
        "early_stopping": "EarlyStopping",
        "model_checkpoint": "ModelCheckpoint",
        "backup_and_restore": "BackupAndRestore",
        "evaluating": "Evaluate",
        "csv_logger": "CSVLogger",
        "reduce_lr_on_plateau": "ReduceLROnPlateau",
        "learning_rate_scheduler": "LearningRateScheduler",
        "lambda_callback": "LambdaCallback",
        "tensor_board": "TensorBoard",
        "terminate_on_nan": "TerminateOnNaN",
    },
)
